import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { executorOf, takeExecutorLock } from '../../../src/adapters/sqlite/executor-lock.ts';
import type { ExecutorLock } from '../../../src/adapters/sqlite/executor-lock.ts';
import { currentOwner, isOwnerAlive } from '../../../src/adapters/system/owner.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function take(folder: string): Promise<ExecutorLock> {
  return takeExecutorLock({ folder, owner: currentOwner(), isAlive: isOwnerAlive });
}

const source = (path: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../../src', path)));

/** Another process that holds the lock until it is killed. */
async function otherHolder(folder: string): Promise<ChildProcess> {
  const code = `
    const { takeExecutorLock } = await import(${source('adapters/sqlite/executor-lock.ts')});
    const { currentOwner, isOwnerAlive } = await import(${source('adapters/system/owner.ts')});
    globalThis.lock = await takeExecutorLock({ folder: ${JSON.stringify(folder)}, owner: currentOwner(), isAlive: isOwnerAlive });
    console.log(lock.kind);
    setInterval(() => lock, 1_000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).toBe('held');
  return child;
}

describe('the lock of the process that drains the queue', () => {
  it('is held by one at a time, and says by whom', async () => {
    const folder = temporaryFolder();
    const first = await take(folder);

    const second = await take(folder);

    expect(first.kind).toBe('held');
    expect(second).toMatchObject({ kind: 'taken', owner: { pid: process.pid } });
  });

  it('is free again when it is released, and nobody is named any more', async () => {
    const folder = temporaryFolder();
    const first = await take(folder);
    if (first.kind === 'held') first.release();

    expect(executorOf({ folder, isAlive: isOwnerAlive })).toBeUndefined();
    expect(await take(folder)).toMatchObject({ kind: 'held' });
  });

  it('names another process, and is free at once when that one is killed', async () => {
    const folder = temporaryFolder();
    const child = await otherHolder(folder);

    expect(await take(folder)).toMatchObject({ kind: 'taken', owner: { pid: child.pid } });
    expect(executorOf({ folder, isAlive: isOwnerAlive })).toMatchObject({ pid: child.pid });

    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(executorOf({ folder, isAlive: isOwnerAlive })).toBeUndefined();
    expect(await take(folder)).toMatchObject({ kind: 'held' });
  });

  it('is refused as the file that it cannot be', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'worker.lock'), 'no database, but long enough to be looked at as one'.repeat(40));

    await expect(take(folder)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
  });

  it('does not believe a name that was left behind', async () => {
    const folder = temporaryFolder();
    const isAlive = vi.fn(() => false);
    writeFileSync(join(folder, 'worker.json'), JSON.stringify({ ...currentOwner(), pid: 1 }));

    expect(executorOf({ folder, isAlive })).toBeUndefined();
    expect(isAlive).toHaveBeenCalledWith(expect.objectContaining({ pid: 1 }));
  });
});
