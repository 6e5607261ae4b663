import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject, RunningCommand } from '../support/cli.ts';

// A run that waits for events alone is given back where nobody is at a terminal; one with a timer stays.
const listener = `name: listener
steps:
  - id: first
    race:
      paid: { wait: { event: payment.settled, match: $event.amount > 10 } }
      late: { wait: 1h }
  - log: got $first.result.amount
output: $first.result
`;

const slow = `name: slow
steps:
  - id: nap
    wait: 1h
  - id: after
    log: never
`;

const busy = `name: busy
steps:
  - id: work
    run: 'echo begun > begun; sleep 2; echo ended > ended'
  - id: after
    run: echo after > after
`;

let project: CliProject;

beforeEach(async () => {
  const files = { 'workflows/listener.yaml': listener, 'workflows/slow.yaml': slow, 'workflows/busy.yaml': busy };
  project = await makeProject(files);
});

afterEach(() => project.remove());

const runner = (...args: readonly string[]) => project.runner(args);

async function started(text: string, workflow: string): Promise<{ command: RunningCommand; id: string }> {
  const command = project.start(['run', workflow]);
  const output = await command.sees(text);
  return { command, id: /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '' };
}

async function statusOf(id: string): Promise<string> {
  const { stdout } = await runner('show', id, '--json');
  return (JSON.parse(stdout) as { readonly status: string }).status;
}

describe('runner event', () => {
  it('is kept where nobody waits for it', async () => {
    const { code, stdout } = await runner('event', 'payment.settled');

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'Event 1 "payment.settled" is sent.\n  Nobody waits for it now. It is kept for runs that come to wait for it.\n',
    });
  });

  it.each([
    ['fields', ['--data', 'order=4711', '--data', 'amount:=12.5']],
    ['JSON', ['--data', '{"order":"4711","amount":12.5}']],
    ['a file', ['--data', '@event.json']],
  ])('carries what is given as %s to who waits, and says who took it', async (_, data) => {
    await project.write('event.json', '{"order":"4711","amount":12.5}');
    const { command, id } = await started('run 2', 'listener');
    await expect.poll(() => statusOf(id)).toBe('waiting');
    const other = await runner('event', 'payment.settled', '--data', 'amount:=1', '--json');

    const { stdout } = await runner('event', 'payment.settled', ...data, '--json');
    const ended = await command.ended;

    expect(JSON.parse(other.stdout)).toMatchObject({ event: 1, taken_by: [], passed_over: [{ run_id: id }] });
    expect(JSON.parse(stdout)).toMatchObject({ event: 2, taken_by: [{ run_id: id, step: 'first.paid' }] });
    expect(ended.code).toBe(0);
    expect(JSON.parse((await runner('show', id, '--json')).stdout)).toMatchObject({
      output: { order: '4711', amount: 12.5 },
    });
  });

  it('is refused for a run that there is not', async () => {
    expect(await runner('event', 'x', '--run', '19990101')).toMatchObject({ code: 2 });
  });
});

describe('runner pause', () => {
  it('pauses a run that waits in another process, and resume goes on', async () => {
    const { command, id } = await started('nap: waits', 'slow');

    const { code, stdout, stderr } = await runner('pause', id);

    expect({ code, stdout }).toEqual({ code: 0, stdout: `run ${id} is paused\n` });
    expect(stderr).toContain(`runner resume ${id}`);
    expect((await command.ended).code).toBe(4);
    const resumed = project.start(['resume', id]);
    await resumed.sees(`run ${id}`);
    await expect.poll(() => statusOf(id)).toBe('waiting');
  });

  it('lets calls in flight end and begins nothing new', async () => {
    const { command, id } = await started('run 2', 'busy');
    await expect.poll(() => runner('logs', id, '--all').then(({ stdout }) => stdout)).toContain('attempt 1 begins');

    await runner('pause', id);
    await command.ended;

    expect(await statusOf(id)).toBe('paused');
    expect(existsSync(join(project.root, 'ended'))).toBe(true);
    expect(existsSync(join(project.root, 'after'))).toBe(false);
    expect((await runner('resume', id)).code).toBe(0);
    expect(existsSync(join(project.root, 'after'))).toBe(true);
  });

  it('pauses a run that nobody has', async () => {
    const { command, id } = await started('nap: waits', 'slow');
    command.child.kill('SIGKILL');
    await command.ended;

    expect((await runner('pause', id)).stdout).toBe(`run ${id} is paused\n`);
    expect(await statusOf(id)).toBe('paused');
    expect((await runner('pause', id)).code).toBe(0);
    expect((await runner('cancel', id)).stdout).toBe(`run ${id} is cancelled\n`);
    expect((await runner('pause', id)).code).toBe(2);
  });
});

describe('runner cancel', () => {
  it('lets a call in flight end within the grace', async () => {
    const { command, id } = await started('run 2', 'busy');
    await expect.poll(() => runner('logs', id, '--all').then(({ stdout }) => stdout)).toContain('attempt 1 begins');

    await runner('cancel', id, '--grace', '30s');
    await command.ended;

    const { stdout } = await runner('show', id, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'cancelled',
      steps: [{ status: 'succeeded' }, { status: 'pending' }],
    });
  });
});
