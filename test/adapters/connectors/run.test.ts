import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunConnector } from '../../../src/adapters/connectors/run.ts';
import type { RunAction, StepResult } from '../../../src/model/actions.ts';
import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import { call, describeConnector, faultOf, outputOf, type ConnectorHarness } from '../../contracts/connector.ts';

function command(script: string, more: Partial<RunAction> = {}): RunAction {
  return { kind: 'run', script, shell: 'sh', args: [], env: {}, ...more };
}

function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'runner-run-')));
}

/** True while one of the processes lives whose numbers stand in the file. */
function anyLives(pidFile: string): boolean {
  const pids = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim().split(' ') : [];
  return pids.some((pid) => pid !== '' && lives(Number(pid)));
}

// Dead children of a dead shell stay as zombies where no init process reaps them.
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function openHarness(): Promise<ConnectorHarness> {
  const folder = temporaryFolder();
  const connector = createRunConnector({ cwd: folder });
  return Promise.resolve({
    connector,
    answering: (word) => command('printf %s "$1"', { args: [word] }),
    wordIn: (output) => (isJsonObject(output) ? output['stdout'] : undefined),
    refused: () => command('exit 3'),
    unreachable: () => ({ connector, action: command('true', { cwd: 'no-such-folder' }) }),
    hanging: () => command('sleep 600 & echo $$ $! > pid; sleep 600'),
    hangingNow: () => (anyLives(join(folder, 'pid')) ? 1 : 0),
    close: () => Promise.resolve(rmSync(folder, { recursive: true })),
  });
}

describeConnector('the run connector', openHarness);

describe('a run step', () => {
  let folder: string;

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function perform(action: RunAction, signal?: AbortSignal): Promise<StepResult> {
    const environment = { PATH: process.env['PATH'], LANG: 'C', SECRET_TOKEN: 'not for children' };
    return call(createRunConnector({ cwd: folder, environment }), action, signal);
  }

  async function outputOfScript(script: string, more: Partial<RunAction> = {}): Promise<JsonObject> {
    return outputOf(await perform(command(script, more))) as JsonObject;
  }

  it('gives exit code, output and errors', async () => {
    const output = await outputOfScript('echo out; echo err >&2');

    expect(output).toEqual({ exit_code: 0, stdout: 'out\n', stderr: 'err\n', json: null });
  });

  it.each([
    ['{"a":[1]}', { a: [1] }],
    ['[1,2]', [1, 2]],
    ['"text"', null],
    ['42', null],
    ['{"a":1} {"b":2}', null],
  ])('reads the output %s as JSON when it is an object or a list', async (text, expected) => {
    const output = await outputOfScript('echo "$1"', { args: [text] });

    expect(output['json']).toEqual(expected);
  });

  it('takes arguments as they are', async () => {
    const args = ['a b', '$HOME', '"; echo hacked', ''];

    const { stdout } = await outputOfScript(`printf '<%s>' "$@"`, { args });

    expect(stdout).toBe('<a b><$HOME><"; echo hacked><>');
  });

  it('gives the command little of its own environment', async () => {
    const { json } = await outputOfScript(`printf '["%s"]' "$(env | cut -d= -f1 | paste -sd, -)"`, {
      env: { MINE: 'yes' },
    });

    const names = JSON.stringify(json).split(/[",]/);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'LANG', 'MINE', 'RUNNER_IDEMPOTENCY_KEY']));
    expect(names).not.toContain('SECRET_TOKEN');
  });

  it('tells the command which call it is', async () => {
    const { stdout } = await outputOfScript('echo $RUNNER_IDEMPOTENCY_KEY');

    expect(stdout).toBe('key-1\n');
  });

  it('runs in the folder of the project, or in one below it', async () => {
    const { stdout } = await outputOfScript('mkdir -p sub; pwd');
    const below = await outputOfScript('pwd', { cwd: 'sub' });

    expect([stdout, below['stdout']]).toEqual([`${folder}\n`, `${folder}/sub\n`]);
  });

  it('ends at the first command that fails', async () => {
    const fault = faultOf(await perform(command('echo "no such service" >&2; false; echo more >&2')));

    expect(fault).toMatchObject({ kind: 'exit', outcome: 'failed', transient: false });
    expect(fault.message).toBe('The command exited with code 1: no such service');
  });

  it('ends with bash also at the first failure within a pipe', async () => {
    const fault = faultOf(await perform(command('false | cat', { shell: 'bash' })));

    expect(fault.message).toBe('The command exited with code 1');
  });

  it('tells the last of many lines of errors', async () => {
    const fault = faultOf(await perform(command('seq 1 5000 >&2; exit 7')));

    expect(fault.message).toBe('The command exited with code 7: 4998 4999 5000');
  });

  it('says when a signal ended the command', async () => {
    const fault = faultOf(await perform(command('kill -9 $$')));

    expect(fault).toMatchObject({ kind: 'exit', message: 'The command was ended by SIGKILL' });
  });

  it('keeps the beginning and the end of a long output', async () => {
    const { stdout, json } = await outputOfScript(`echo '['; head -c 4000000 /dev/zero | tr '\\0' x; echo end`);

    expect(stdout).toMatch(/^\[\nx+\n\[\.\.\. 2951430 bytes cut \.\.\.\]\nx+end\n$/);
    expect(json).toBeNull();
  });

  it('ends a command that writes for ever', async () => {
    const fault = faultOf(await perform(command('yes'), AbortSignal.timeout(300)));

    expect(fault).toMatchObject({ kind: 'timeout', outcome: 'unknown' });
  });

  it('gives the command nothing to read', async () => {
    const { stdout } = await outputOfScript('cat; echo done');

    expect(stdout).toBe('done\n');
  });

  it('does not wait for what goes on in the background with its pipes open', async () => {
    const { stdout } = await outputOfScript('sleep 600 & echo $! > background; echo started');

    expect(stdout).toBe('started\n');
    process.kill(Number(readFileSync(join(folder, 'background'), 'utf8')), 'SIGKILL');
  });

  it('lets a command end in its own way when it is aborted', async () => {
    const controller = new AbortController();
    const script = `trap 'echo cleaned > cleaned; exit 0' TERM; echo > ready; while :; do sleep 0.05; done`;
    const ending = perform(command(script), controller.signal);
    await expect.poll(() => existsSync(join(folder, 'ready'))).toBe(true);

    controller.abort();
    await ending;

    expect(readFileSync(join(folder, 'cleaned'), 'utf8')).toBe('cleaned\n');
  });

  it('kills a command and its children that do not want to end', async () => {
    const controller = new AbortController();
    writeFileSync(join(folder, 'child'), `trap '' TERM; while :; do sleep 0.05; done`);
    const script = `trap '' TERM; sh child & echo $$ $! > pid; wait; wait; sleep 600`;
    const ending = perform(command(script), controller.signal);
    await expect.poll(() => anyLives(join(folder, 'pid'))).toBe(true);

    controller.abort(new DOMException('late', 'TimeoutError'));

    expect(faultOf(await ending)).toMatchObject({ kind: 'timeout', outcome: 'unknown', transient: true });
    await expect.poll(() => anyLives(join(folder, 'pid'))).toBe(false);
  });

  it.each([
    ['a folder that is not there', { cwd: 'nowhere' }, 'exit'],
    ['a NUL in an argument', { args: ['\0'] }, 'invalid_params'],
    ['an environment that is too large', { env: { BIG: 'x'.repeat(3_000_000) } }, 'exit'],
  ])('with %s is surely not executed', async (_, more, kind) => {
    const fault = faultOf(await perform(command('true', more)));

    expect(fault).toMatchObject({ kind, outcome: 'not_executed', transient: false });
    expect(fault.message).toMatch(/^The command could not be started: /);
  });
});
