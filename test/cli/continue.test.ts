import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { gate, recovery } from '../support/cli-workflows.ts';

const waiting = `name: waiting
steps:
  - tool: render/get_service
  - id: pause
    wait: 1h
finally:
  - tool: render/update_service
`;

let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  bridge = await startBridge();
});

afterAll(() => bridge.close());

beforeEach(async () => {
  bridge.reset();
  project = await makeProject({ 'workflows/waiting.yaml': waiting, 'workflows/recovery.yaml': recovery });
});

afterEach(() => project.remove());

const env = (): Record<string, string> => ({ MCP_BRIDGE_URL: bridge.url });

function runner(...args: readonly string[]) {
  return project.runner(args, { env: env() });
}

/** Starts a run and returns its id once it waits for the text. */
async function startUntil(text: string, ...args: readonly string[]) {
  const command = project.start(['run', ...args], { env: env() });
  const output = await command.sees(text);
  return { command, id: /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '' };
}

async function statusOf(id: string): Promise<string> {
  const { stdout } = await runner('show', id, '--json');
  return (JSON.parse(stdout) as { readonly status: string }).status;
}

/** A run that was killed in the middle of a write. */
async function killedInAWrite(): Promise<string> {
  bridge.setRules({ 'render/restart_service': { hang: 'after' } });
  const { command, id } = await startUntil('status: succeeded', 'recovery', '-i', 'id=srv-1');
  await expect.poll(() => bridge.stats().tools['render/restart_service']?.effects).toBe(1);
  command.child.kill('SIGKILL');
  await command.ended;
  bridge.setRules({});
  return id;
}

describe('a run that gets a signal', () => {
  it('is cancelled by SIGINT, runs its finally, and ends with 130', async () => {
    const { command, id } = await startUntil('pause: waits', 'waiting');

    command.child.kill('SIGINT');
    const { code, stdout, stderr } = await command.ended;

    expect(code).toBe(130);
    expect(stderr).toContain('Cancelling');
    expect(stdout).toContain('was cancelled');
    expect(bridge.stats().tools['render/update_service']?.effects).toBe(1);
    expect(await statusOf(id)).toBe('cancelled');
  });

  it('is left at once by a second SIGINT', async () => {
    bridge.setRules({ 'render/update_service': { hang: 'before' } });
    const { command, id } = await startUntil('pause: waits', 'waiting');
    command.child.kill('SIGINT');
    await command.sees('Cancelling');

    command.child.kill('SIGINT');
    const { code, stderr } = await command.ended;

    expect(code).toBe(130);
    expect(stderr).toContain(`Left at once; continue it with: runner resume ${id}`);
  });

  it('is stopped by SIGTERM, ends with 143, says how to continue it, and can be', async () => {
    await project.write('workflows/short.yaml', `name: short\nsteps:\n${gate}  - set: { done: true }\n`);
    const { command, id } = await startUntil('at the gate', 'short');

    command.child.kill('SIGTERM');
    const { code, stdout } = await command.ended;
    const status = await statusOf(id);
    await project.write('go', '');
    const resumed = await runner('resume', id);

    expect([code, status]).toEqual([143, 'interrupted']);
    expect(stdout).toContain(`runner resume ${id}`);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain('{"done":true}');
  });
});

describe('runner resume', () => {
  it('continues every interrupted run with --all, and tells of each', async () => {
    await project.write('workflows/short.yaml', `name: short\nsteps:\n${gate}  - set: { done: true }\n`);
    const started = await Promise.all([startUntil('at the gate', 'short'), startUntil('at the gate', 'short')]);
    for (const { command } of started) command.child.kill('SIGKILL');
    await Promise.all(started.map(({ command }) => command.ended));
    await project.write('go', '');

    const { code, stdout } = await runner('resume', '--all', '--json');

    const { runs } = JSON.parse(stdout) as { readonly runs: readonly { run_id: string; status: string }[] };
    expect(code).toBe(0);
    expect(runs.map(({ run_id: id }) => id).toSorted()).toEqual(started.map(({ id }) => id).toSorted());
    expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['succeeded']));
  });

  it('has nothing to do where nothing is interrupted', async () => {
    const { code, stderr } = await runner('resume', '--all');

    expect([code, stderr]).toEqual([0, 'No run is interrupted.\n']);
  });

  it.each([
    ['no run at all', ['resume'], 'USAGE'],
    ['a run and --all', ['resume', 'x', '--all'], 'USAGE'],
    ['an unknown run', ['resume', 'nothing'], 'RUN_NOT_FOUND'],
  ])('refuses %s with 2', async (_, args, code) => {
    const result = await runner(...args);

    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error ${code}`);
  });

  it('refuses a run that has ended, with 2', async () => {
    await project.write('workflows/plain.yaml', 'name: plain\nsteps:\n  - set: { a: 1 }\n');
    const { stdout } = await runner('run', 'plain', '--json');

    const { code, stderr } = await runner('resume', (JSON.parse(stdout) as { run_id: string }).run_id);

    expect(code).toBe(2);
    expect(stderr).toContain('error RUN_FINAL');
  });

  it('never takes a run of the sandbox to a real bridge', async () => {
    const look = '{ id: look, tool: render/render_get_service, params: { serviceId: srv-demo } }';
    await project.write('workflows/played.yaml', `name: played\nsteps:\n  - ${look}\n  - { id: pause, wait: 1h }\n`);
    const command = project.start(['run', 'played', '--sandbox'], { env: env() });
    const id = /run (\d{8}-\d{6}-\w{8})/.exec(await command.sees('run 2'))?.[1] ?? '';
    await command.sees('pause');
    command.child.kill('SIGKILL');
    await command.ended;

    const { code, stderr } = await runner('resume', id);

    expect(code).toBe(2);
    expect(stderr).toContain('--sandbox');
    expect(bridge.stats().requests).toBe(0);
  });
});

describe('a run that was killed in the middle of a write', () => {
  it('is shown as left by its process, not as owned by it', async () => {
    const id = await killedInAWrite();

    const { stdout } = await runner('show', id);

    expect(stdout).toMatch(/started .*, left by process \d+ on /);
  });

  it('needs attention: 5, with the question and the way to answer it', async () => {
    const id = await killedInAWrite();

    const { code, stdout } = await runner('resume', id);

    expect(code).toBe(5);
    expect(stdout).toContain('needs attention');
    expect(stdout).toContain(`runner resolve ${id} --step restart --as done|failed|retry`);
    expect(bridge.stats().tools['render/restart_service']?.effects).toBe(1);
  });

  it.each([
    ['done', 0, 1, 'succeeded'],
    ['failed', 1, 1, 'failed'],
    ['retry', 0, 2, 'succeeded'],
  ])('goes on when a person says "%s"', async (verdict, exit, effects, status) => {
    const id = await killedInAWrite();
    await runner('resume', id);

    const { code } = await runner('resolve', id, '--step', 'restart', '--as', verdict);

    expect(code).toBe(exit);
    expect(bridge.stats().tools['render/restart_service']?.effects).toBe(effects);
    expect(await statusOf(id)).toBe(status);
  });

  it('takes the result that a person states', async () => {
    const id = await killedInAWrite();
    await runner('resume', id);

    const output = '{"by":"hand"}';
    const { stdout } = await runner('resolve', id, '--step', 'restart', '--as', 'done', '--output', output, '--json');

    expect(JSON.parse(stdout)).toMatchObject({ success: true, output: { by: 'hand' } });
  });

  it('refuses an answer about a step that does not wait, with 2', async () => {
    const id = await killedInAWrite();
    await runner('resume', id);

    const { code, stderr } = await runner('resolve', id, '--step', 'status', '--as', 'done');

    expect(code).toBe(2);
    expect(stderr).toContain('error RUN_STEP_NOT_WAITING');
    expect(stderr).toContain('restart');
  });

  it('can be cancelled', async () => {
    const id = await killedInAWrite();
    await runner('resume', id);

    const { code, stdout } = await runner('cancel', id);

    expect([code, stdout]).toEqual([0, `run ${id} is cancelled\n`]);
  });
});

describe('runner cancel', () => {
  it('asks the process that owns the run, and waits for the end', async () => {
    const { command, id } = await startUntil('pause: waits', 'waiting');

    const { code, stdout } = await runner('cancel', id);
    const ended = await command.ended;

    expect([code, stdout]).toEqual([0, `run ${id} is cancelled\n`]);
    expect(ended.code).toBe(130);
  });

  it('claims a run that nobody owns, and lets its finally run', async () => {
    const { command, id } = await startUntil('pause: waits', 'waiting');
    command.child.kill('SIGKILL');
    await command.ended;

    const { code } = await runner('cancel', id);

    expect(code).toBe(0);
    expect(bridge.stats().tools['render/update_service']?.effects).toBe(1);
    expect(await statusOf(id)).toBe('cancelled');
  });

  it('refuses a run that has ended, with 2', async () => {
    await project.write('workflows/plain.yaml', 'name: plain\nsteps:\n  - set: { a: 1 }\n');
    const { stdout } = await runner('run', 'plain', '--json');

    const { code, stderr } = await runner('cancel', (JSON.parse(stdout) as { run_id: string }).run_id);

    expect(code).toBe(2);
    expect(stderr).toContain('error RUN_FINAL');
  });
});
