import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askedAt, leaveAskingRun } from '../support/asking-run.ts';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

const run = '20261122-150538-askingaa';
const me = userInfo().username;

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({ 'runner.yaml': 'workflows: [workflows]\n' });
});

afterEach(() => project.remove());

const runner = (...args: readonly string[]) => project.runner(args);

describe('runner approvals', () => {
  it('says that nothing waits', async () => {
    expect(await runner('approvals')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing waits for approval.\n' });
  });

  it('shows what is asked, what comes of it, until when, and how to decide', async () => {
    await leaveAskingRun(project.root, run, { due: askedAt + 900_000, by: [me, 'ann'], quorum: 2 });

    const { stdout } = await runner('approvals');

    expect(stdout).toContain(`ask  run ${run}  sample  since 2026-11-22 15:05:38 UTC`);
    expect(stdout.split('\n').slice(1).join('\n')).toMatch(
      new RegExp(
        [
          '^  Restart srv-demo\\? It is down\\.',
          '  shows     {"state":"down"}',
          '  allows    restart: render/restart_service {"id":"srv-demo"}',
          '            tell: slack/post_message \\(its parameters come from steps that have not run yet\\)',
          `  for       ${me}, ann`,
          '  votes     0 of 2',
          '  until     2026-11-22 15:20:38 UTC \\(.+\\), then it counts as rejected',
          `  runner approve ${run} ask`,
        ].join('\n'),
      ),
    );
  });

  it('is a document with --json', async () => {
    const votes = [{ type: 'approval.voted', at: askedAt, key: 'ask', approved: true, by: 'bob' }] as const;
    await leaveAskingRun(project.root, run, { quorum: 2 }, ...votes);

    const { stdout } = await runner('approvals', '--json');

    expect(JSON.parse(stdout)).toMatchObject({
      approvals: [
        {
          run_id: run,
          step: 'ask',
          question: 'Restart srv-demo? It is down.',
          since: '2026-11-22T15:05:38.000Z',
          until: null,
          binding: 'c0ffee00',
          allows: [
            { step: 'restart', params: { id: 'srv-demo' } },
            { step: 'tell', params: null },
          ],
          votes: [{ by: 'bob', approved: true, comment: null }],
        },
      ],
    });
  });

  it('is offered to a shell as the runs that ask', async () => {
    await leaveAskingRun(project.root, run, {});

    expect((await runner('offer', 'asking-runs')).stdout).toBe(`${run}\n`);
  });
});

describe('a vote', () => {
  it('is stored for a run that nobody has, with --no-continue', async () => {
    await leaveAskingRun(project.root, run, {});

    const { code, stdout, stderr } = await runner('approve', run, '--no-continue', '--comment', 'seen');

    expect(code).toBe(0);
    expect(stdout).toBe(`Your vote on ask of run ${run} is stored.\n`);
    expect(stderr).toContain(`runner resume ${run}`);
  });

  it('tells by whom with --json', async () => {
    await leaveAskingRun(project.root, run, {});

    const { stdout } = await runner('reject', run, 'ask', '--no-continue', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ run_id: run, step: 'ask', approved: false, by: me, counted: false });
  });

  const refusals = [
    { what: 'a step that asks nothing', args: ['other'], code: 'APPROVAL_NOT_FOUND', hint: 'It waits for: ask.' },
    { what: 'an approval for others', asked: { by: ['ann'] }, code: 'APPROVAL_DENIED', hint: 'It is for ann.' },
    { what: 'what has changed', args: ['--binding', 'decaf'], code: 'APPROVAL_CHANGED', hint: 'Look again' },
    { what: 'a form without need', args: ['--form', 'a=b'], code: 'FORM_INVALID', hint: 'It asks for no form.' },
    {
      what: 'a form that does not fit',
      args: ['--form', 'batch=many'],
      asked: { form: { type: 'object', properties: { batch: { type: 'integer' } } } },
      code: 'FORM_INVALID',
      hint: '--form batch=…',
    },
  ];

  it.each(refusals)('is refused for $what', async ({ args = [], asked = {}, code, hint }) => {
    await leaveAskingRun(project.root, run, asked);

    const result = await runner('approve', run, ...args, '--no-continue', '--json');

    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code, hint: expect.stringContaining(hint) as string } });
  });

  it('needs the step where a run asks more than one thing', async () => {
    await leaveAskingRun(project.root, run, {}, { key: 'also' });

    const result = await runner('approve', run, '--no-continue');

    expect(result.stderr).toContain('Name the step after the run, one of: ask, also.');
  });
});

describe('a run that asks', () => {
  const asking = `name: asking
steps:
  - id: ask
    approval: Write it?
    form: { word: { type: string, minLength: 2 } }
  - run: 'echo "$WORD" > word.txt'
    env: { WORD: $ask.form.word }
`;

  it('is left with 4, says how to decide, and goes on with the answer', async () => {
    await project.write('workflows/asking.yaml', asking);

    const left = await runner('run', 'asking', '--json');
    const { run_id: id } = JSON.parse(left.stdout) as { readonly run_id: string };
    const shown = await runner('approvals');
    const approved = await runner('approve', id, '--form', 'word=yes', '--json');

    expect(left.code).toBe(4);
    expect(shown.stdout).toContain(`runner approve ${id} ask --form word=…`);
    expect(approved.code).toBe(0);
    expect(JSON.parse(approved.stdout)).toMatchObject({ run_id: id, status: 'succeeded' });
    expect(await readFile(join(project.root, 'word.txt'), 'utf8')).toBe('yes\n');
  });

  it('fails with a rejection', async () => {
    await project.write('workflows/asking.yaml', asking);
    const { run_id: id } = JSON.parse((await runner('run', 'asking', '--json')).stdout) as { readonly run_id: string };

    const { code, stdout } = await runner('reject', id, '--comment', 'not today', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { code: 'rejected' } });
  });
});
