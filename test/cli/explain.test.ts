import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contractHash, writeLock } from '../../src/language/lock/write-lock.ts';
import { makeProject, type CliProject } from '../support/cli.ts';

const execute = promisify(execFile);

/** Succeeds or fails as its input says. */
const work = (more = ''): string => `name: work
inputs: { exit: { type: integer, default: 0 } }
steps:
  - id: look
    set: { ok: true }
${more}  - id: act
    run: exit "$code"
    env: { code: "\${{ $string($exit) }}" }
on_failure:
  - id: told
    log: It failed.
`;

interface Explained {
  readonly step: string | null;
  readonly why: string;
  readonly tried: string;
  readonly next: string;
  readonly last_success: { readonly run_id: string } | null;
  readonly changes: readonly { readonly about: string; readonly text: string }[];
}

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({ 'workflows/work.yaml': work() });
});

afterEach(() => project.remove());

async function ran(...args: readonly string[]): Promise<string> {
  const { stdout } = await project.runner(['run', ...args, '--json']);
  return (JSON.parse(stdout) as { run_id: string }).run_id;
}

async function explained(id: string): Promise<Explained> {
  const { stdout } = await project.runner(['explain', id, '--json']);
  return JSON.parse(stdout) as Explained;
}

async function git(...args: readonly string[]): Promise<void> {
  await execute('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: project.root });
}

async function commit(): Promise<void> {
  await git('init', '-q');
  await git('add', 'workflows', 'runner.lock.yaml');
  await git('commit', '-qm', 'x', '--allow-empty');
}

/** A lock of one tool, whose parameter has this type. */
async function lock(type: string): Promise<string> {
  const contract = { description: 'x', parameters: { type: 'object', properties: { id: { type } } } };
  return writeLock({ 's/get_x': { ...contract, effect: 'read', hash: await contractHash(contract) } });
}

describe('runner explain', () => {
  it('says in three lines why a run failed, what it tried, and what to do', async () => {
    const id = await ran('work', '-i', 'exit=3');

    const { code, stdout } = await project.runner(['explain', id]);
    const [why, tried, next, empty, rest] = stdout.split('\n');

    expect(code).toBe(0);
    expect(why).toMatch(/^why +It failed at act \(run, line 6\): exit: /);
    expect(tried).toMatch(/^tried +1 attempt over [\d.]+m?s; on_failure done\.$/);
    expect(next).toMatch(/^next +.*runner show /);
    expect([empty, rest]).toEqual(['', 'No earlier run of work succeeded, so there is nothing to compare with.']);
  });

  it('says what has changed since the last run that succeeded', async () => {
    const good = await ran('work');
    await project.write('workflows/work.yaml', work('  - id: more\n    log: hi\n').replace('ok: true', 'ok: false'));

    const { last_success: last, changes } = await explained(await ran('work', '-i', 'exit=3'));

    expect(last?.run_id).toBe(good);
    expect(changes).toEqual([
      { about: 'definition', text: 'step changed: look (line 4)' },
      { about: 'definition', text: 'step added: more' },
      { about: 'inputs', text: 'exit: 0 → 3' },
    ]);
  });

  it('names the commits, and what differs between the tools that they lock', async () => {
    const tool = '  - id: get\n    if: $exit > 5\n    tool: s/get_x\n';
    await project.write('runner.yaml', 'bridge: { url: "http://127.0.0.1:9" }\n');
    await project.write('workflows/work.yaml', work(tool));
    await project.write('runner.lock.yaml', await lock('string'));
    await commit();
    const good = await ran('work');
    await project.write('runner.lock.yaml', await lock('integer'));
    await commit();

    const { last_success: last, changes } = await explained(await ran('work', '-i', 'exit=3'));

    expect(last?.run_id).toBe(good);
    expect(changes.map(({ about }) => about)).toEqual(['commit', 'tools', 'inputs']);
    expect(changes[0]?.text).toMatch(/^[0-9a-f]{10} → [0-9a-f]{10}$/);
    expect(changes[1]?.text).toContain('changes its type from string to integer (breaking)');
  });

  it('compares the time of the failed call with its median', async () => {
    for (let count = 0; count < 3; count += 1) await ran('work');

    const { changes } = await explained(await ran('work', '-i', 'exit=3'));

    expect(changes.find(({ about }) => about === 'latency')?.text).toMatch(
      /^act took [\d.]+m?s, [\d.]+ × its median of [\d.]+m?s$/,
    );
  });

  it('says of a run that succeeded that there is nothing to do', async () => {
    const { why, tried, next } = await explained(await ran('work'));

    expect(why).toMatch(/^It succeeded after /);
    expect([tried, next]).toEqual(['Every step succeeded at the first attempt.', 'Nothing to do.']);
  });

  it('says of a run whose process is gone where it stood, and how to go on', async () => {
    await project.write('workflows/nap.yaml', 'name: nap\nsteps:\n  - id: rest\n    wait: 1h\n');
    const command = project.start(['run', 'nap']);
    const output = await command.sees('rest: waits');
    command.child.kill('SIGKILL');
    await command.ended;
    const id = /run (\S+)/.exec(output)?.[1] ?? '';

    expect(await explained(id)).toMatchObject({
      step: 'rest',
      why: 'Its process ended while it worked at rest (line 3).',
      next: `runner resume ${id}`,
    });
  });
});
