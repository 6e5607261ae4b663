import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FinishedRun } from './run-workflow.ts';
import { runProjectWorkflow } from './run-workflow.ts';

let folder: string;
let pidFile: string;
let port: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runner-local-'));
  pidFile = join(folder, 'service.pid');
  port = await freePort();
});
afterEach(async () => {
  await endService();
  await rm(folder, { recursive: true, force: true });
});

const recover = (): Promise<FinishedRun> =>
  runProjectWorkflow(
    'local_health_recovery',
    { port, pid_file: pidFile, log_file: join(folder, 'service.log') },
    'http://127.0.0.1:1',
  );
const processOf = (run: FinishedRun): number => (run.output as { process: number }).process;
const pidInFile = async (): Promise<number> => Number(await readFile(pidFile, 'utf8'));
/** Whether this process is a service; one that has ended and nobody has collected yet is none. */
const isService = (pid: number): boolean =>
  spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes('demo-service.mjs');

async function endService(): Promise<void> {
  const pid = await pidInFile().catch(() => 0);
  if (pid > 1 && isService(pid)) process.kill(pid, 'SIGKILL');
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

describe('local_health_recovery', () => {
  it('starts a service that is not running, and leaves it running', async () => {
    const run = await recover();

    expect([run.status, run.output]).toEqual([
      'succeeded',
      { healed: true, process: await pidInFile(), health: { status: 'ok', pid: await pidInFile() } },
    ]);
    expect(isService(processOf(run))).toBe(true);
  });

  it('leaves a service alone that is well', async () => {
    const first = await recover();

    const second = await recover();

    expect([second.status, second.output]).toMatchObject([
      'succeeded',
      { healed: false, health: { status: 'ok', pid: processOf(first) } },
    ]);
  });

  it('replaces a service that is ill', async () => {
    const first = await recover();
    await fetch(`http://127.0.0.1:${port}/break`, { method: 'POST' });

    const second = await recover();

    expect(second.output).toMatchObject({ healed: true, health: { status: 'ok', pid: processOf(second) } });
    await expect.poll(() => isService(processOf(first))).toBe(false);
  });

  it('replaces a service that was killed', async () => {
    const first = await recover();
    process.kill(processOf(first), 'SIGKILL');
    await expect.poll(() => isService(processOf(first))).toBe(false);

    const second = await recover();

    expect(second.output).toMatchObject({ healed: true, health: { status: 'ok' } });
  });

  it('does not touch a process that has got the id meanwhile', async () => {
    await writeFile(pidFile, `${process.pid}\n`);

    const run = await recover();

    expect(run.steps.find(({ key }) => key === 'restart')?.output).toMatchObject({ json: { stopped: null } });
  });
});
