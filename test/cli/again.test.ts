import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject, CommandResult } from '../support/cli.ts';

const chain = (second: string): string => `name: chain
inputs:
  word: { type: string, default: hello }
steps:
  - id: one
    run: 'echo "one $WORD" >> log.txt; printf %s "$WORD"'
    env: { WORD: $word }
  - id: other
    run: echo other >> log.txt
  - id: two
    run: '${second}'
    env: { WORD: $one.stdout }
    retry: none
output: { said: $two.stdout }
`;

const untilOk = 'test -f ok || exit 7; echo "two $WORD" >> log.txt; printf %s "$WORD"';

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({ 'workflows/chain.yaml': chain(untilOk) });
});

afterEach(() => project.remove());

const runner = (...args: readonly string[]): Promise<CommandResult> => project.runner(args);

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await runner(...args, '--json');
  return JSON.parse(stdout) as Record<string, unknown>;
}

const idOf = ({ run_id: id }: Record<string, unknown>): string => String(id);

async function done(): Promise<readonly string[]> {
  return (await readFile(join(project.root, 'log.txt'), 'utf8')).trimEnd().split('\n');
}

describe('runner retry', () => {
  it('is a new run that keeps what succeeded, and does the rest', async () => {
    const failed = idOf(await json('run', 'chain'));
    await project.write('ok', '');

    const { code, stderr, stdout } = await runner('retry', failed);

    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded') as string });
    expect(stderr).toContain(`Tries run ${failed} again, from two on.`);
    expect(stderr).toContain('keeps     one, other');
    expect(await done()).toEqual(['one hello', 'other', 'two hello']);
  });

  it('leaves the other run as it ended, and says where the new one comes from', async () => {
    const failed = idOf(await json('run', 'chain'));

    const again = await json('retry', failed);

    expect(again).toMatchObject({
      status: 'failed',
      origin: { run_id: failed, kind: 'retry', attempt: 2, from: 'two', kept: ['one', 'other'] },
    });
    expect(await json('show', failed)).toMatchObject({ status: 'failed' });
    expect(await json('retry', idOf(again))).toMatchObject({ origin: { attempt: 3 } });
  });

  it('has the definition of the first run, and with --with-latest that of the file, and says what has changed', async () => {
    const failed = idOf(await json('run', 'chain'));
    await project.write('workflows/chain.yaml', chain('echo "mended $WORD" >> log.txt; printf %s "$WORD"'));

    expect(await json('retry', failed)).toMatchObject({ status: 'failed', origin: { same_definition: true } });
    const { stderr, code } = await runner('retry', failed, '--with-latest');

    expect(code).toBe(0);
    expect(stderr).toContain('changed   two');
    expect(await done()).toEqual(['one hello', 'other', 'mended hello']);
  });

  it('does anew what was made of another input, and only tells with --plan', async () => {
    const failed = idOf(await json('run', 'chain'));
    const before = await done();

    const { stdout } = await runner('retry', failed, '--input', 'word=bye', '--plan');

    expect(stdout).toContain('inputs    word has another value');
    expect(stdout).toContain('keeps     other');
    expect(stdout).toContain('anew      one: it uses the input word, which has another value');
    expect(await done()).toEqual(before);
    expect((await json('runs'))['runs']).toHaveLength(1);
  });

  it('is refused for a run that succeeded, unless it says from where', async () => {
    await project.write('ok', '');
    const succeeded = idOf(await json('run', 'chain'));

    expect(await runner('retry', succeeded)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`runner rerun ${succeeded}`) as string,
    });
    expect(await json('retry', succeeded, '--from', 'two')).toMatchObject({ success: true });
    expect(await done()).toEqual(['one hello', 'other', 'two hello', 'two hello']);
  });

  it('is refused where no step has the name', async () => {
    const failed = idOf(await json('run', 'chain'));

    expect(await json('retry', failed, '--from', 'three')).toMatchObject({
      error: { code: 'RUN_STEP_UNKNOWN', hint: 'It has one, other, two.' },
    });
  });
});

describe('runner fork', () => {
  it('goes on from a step with edited results', async () => {
    const failed = idOf(await json('run', 'chain'));
    await project.write('ok', '');

    const fork = await json('fork', failed, '--from', 'two', '--set', 'one.stdout=edited');

    expect(fork).toMatchObject({ success: true, output: { said: 'edited' }, origin: { kind: 'fork', attempt: 1 } });
    expect(await done()).toEqual(['one hello', 'other', 'two edited']);
  });

  it('needs a step, and a result that is kept', async () => {
    const failed = idOf(await json('run', 'chain'));

    expect(await json('fork', failed)).toMatchObject({ error: { code: 'USAGE' } });
    expect(await json('fork', failed, '--from', 'one', '--set', 'one.stdout=x')).toMatchObject({
      error: { code: 'EDIT_INVALID' },
    });
  });
});

describe('runner rerun', () => {
  it('does all of it again with the same inputs', async () => {
    await project.write('ok', '');
    const first = idOf(await json('run', 'chain', '--input', 'word=hey'));

    const { code, stderr } = await runner('rerun', first);

    expect(code).toBe(0);
    expect(stderr).toContain(`A new run with the inputs of ${first}.`);
    expect(await done()).toEqual(['one hey', 'other', 'two hey', 'one hey', 'other', 'two hey']);
  });
});
