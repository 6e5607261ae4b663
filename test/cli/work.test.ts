import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

const files = {
  'workflows/nap.yaml': 'name: nap\nsteps:\n  - wait: 1s\n  - run: echo nap >> log.txt\n',
  'workflows/slow.yaml':
    'name: slow\nsteps:\n  - run: echo begun >> log.txt; sleep 2; echo ended >> log.txt\n  - run: echo after >> log.txt\n',
  'workflows/far.yaml': 'name: far\nsteps:\n  - wait: 1h\n',
};

let project: CliProject;

beforeEach(async () => {
  project = await makeProject(files);
});

afterEach(() => project.remove());

const runner = (...args: readonly string[]) => project.runner(args);

async function log(): Promise<string> {
  return readFile(join(project.root, 'log.txt'), 'utf8').catch(() => '');
}

/** A run whose process was killed. */
async function leftRun(workflow: string, seen: string): Promise<string> {
  const command = project.start(['run', workflow]);
  const output = await command.sees(seen);
  command.child.kill('SIGKILL');
  await command.ended;
  return /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '';
}

async function statusOf(id: string): Promise<string> {
  const { stdout } = await runner('show', id, '--json');
  return (JSON.parse(stdout) as { readonly status: string }).status;
}

describe('runner work', () => {
  it('goes on with runs that lost their process, and ends when nothing is left with --drain', async () => {
    const id = await leftRun('nap', 'step_1: waits');

    const { code, stdout, stderr } = await runner('work', '--drain');

    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`${id}  nap  begins\n(.*\n)*.*${id}  nap  succeeded in`));
    expect(stderr).toContain('Runs: 1 ended.');
    expect(await log()).toBe('nap\n');
  });

  it('gives a run that only waits back, so that it costs nothing', async () => {
    const id = await leftRun('far', 'step_1: waits');

    const { code, stdout } = await runner('work', '--once', '--json');

    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(code).toBe(0);
    expect(lines).toMatchObject([
      { event: 'begun', run_id: id },
      { event: 'given_back', run_id: id, status: 'waiting' },
    ]);
    expect(await statusOf(id)).toBe('waiting');
  });

  it('is refused beside another one, which it names, and takes over when that one is killed', async () => {
    const first = project.start(['work']);
    await first.sees('Draining the queue');

    const second = await runner('work', '--once', '--json');

    expect(second.code).toBe(1);
    expect(second.stdout).toContain('WORKER_RUNNING');
    expect(second.stdout).toContain(`Process ${first.child.pid ?? ''} on`);
    first.child.kill('SIGKILL');
    await once(first.child, 'close');
    expect((await runner('work', '--once')).code).toBe(0);
  });

  it('lets calls in flight end at SIGTERM, begins nothing new, and ends with 0', async () => {
    const id = await queued('slow');
    const worker = project.start(['work']);
    await expect.poll(log).toContain('begun');

    worker.child.kill('SIGTERM');
    const { code, stderr } = await worker.ended;

    expect(code).toBe(0);
    expect(stderr).toContain('begins nothing new');
    expect(await log()).toBe('begun\nended\n');
    expect(await statusOf(id)).toBe('interrupted');
    expect((await runner('work', '--drain')).code).toBe(0);
    expect(await log()).toBe('begun\nended\nafter\n');
  });

  it('takes what is queued by priority, then by age', async () => {
    const ids = [await queued('nap'), await queued('nap', '--priority', '5'), await queued('nap')];

    const { stdout } = await runner('work', '--drain', '--concurrency', '1', '--json');

    const begun = stdout.split('\n').filter((line) => line.includes('"begun"'));
    const order = begun.map((line) => (JSON.parse(line) as { readonly run_id: string }).run_id);
    expect([...new Set(order)]).toEqual([ids[1], ids[0], ids[2]]);
  });
});

describe('runner run', () => {
  it('only queues with --queue', async () => {
    const id = await queued('nap');

    expect(await statusOf(id)).toBe('queued');
    expect(await log()).toBe('');
  });

  it('starts a run once for a key', async () => {
    const first = JSON.parse((await runner('run', 'nap', '--run-key', 'k1', '--json')).stdout) as { run_id: string };

    const second = await runner('run', 'nap', '--run-key', 'k1');

    expect(second).toMatchObject({ code: 0, stdout: `run ${first.run_id} is succeeded\n` });
    expect(second.stderr).toContain('was started with the key "k1" before');
    expect(await log()).toBe('nap\n');
  });

  it('leaves a run that only waits with --no-wait and exit code 4', async () => {
    const { code, stdout } = await runner('run', 'far', '--no-wait', '--json');

    const { run_id: id, status } = JSON.parse(stdout) as { readonly run_id: string; readonly status: string };
    expect({ code, status }).toEqual({ code: 4, status: 'waiting' });
    expect(await statusOf(id)).toBe('waiting');
  });
});

async function queued(workflow: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await runner('run', workflow, '--queue', '--json', ...args);
  return (JSON.parse(stdout) as { readonly run_id: string }).run_id;
}
