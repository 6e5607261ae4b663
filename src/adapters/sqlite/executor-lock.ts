import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owner } from '../../model/run-records.ts';
import { connect, type Connection } from './native.ts';
import { createPrivately } from './private-file.ts';
import { isBusy, toStorageFault } from './storage-faults.ts';

export interface ExecutorLockOptions {
  /** The project's storage folder. */
  readonly folder: string;
  readonly owner: Owner;
  /** False only when the process is surely dead. */
  readonly isAlive: (owner: Owner) => boolean;
}

export type ExecutorLock =
  | { readonly kind: 'held'; readonly release: () => void }
  /** Another process drains this project's queue; `owner` is absent where it has not said its name. */
  | { readonly kind: 'taken'; readonly owner?: Owner };

const patienceMs = 600;

/**
 * Takes the lock of the one process that drains a project's queue. It is a lock of the kernel on a file of its own, so
 * it is free at once when its holder dies, however it dies. Says within a second who has it.
 * @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_FULL
 */
export async function takeExecutorLock(options: ExecutorLockOptions): Promise<ExecutorLock> {
  const file = join(options.folder, 'worker.lock');
  const givenUpAt = performance.now() + patienceMs;
  for (;;) {
    const connection = lockedConnection(file);
    if (connection !== undefined) {
      tellName(options);
      return { kind: 'held', release: () => release(connection, options.folder) };
    }
    const owner = executorOf(options);
    // A holder that began a moment ago has not told its name yet, and one that died has left its own behind.
    if (owner !== undefined || performance.now() > givenUpAt) return { kind: 'taken', ...(owner && { owner }) };
    await sleep(50);
  }
}

/** The process that drains the project's queue, as far as can be seen without touching its lock. */
export function executorOf({ folder, isAlive }: Pick<ExecutorLockOptions, 'folder' | 'isAlive'>): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(nameFile(folder), 'utf8')) as Owner;
    return isAlive(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function lockedConnection(file: string): Connection | undefined {
  let connection: Connection | undefined;
  try {
    createPrivately(file);
    connection = connect(file, 0);
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection?.close();
    if (isBusy(error)) return undefined;
    throw toStorageFault(error, file);
  }
}

/** The name goes first: what it says must hold as long as it can be read. */
function release(connection: Connection, folder: string): void {
  rmSync(nameFile(folder), { force: true });
  connection.close();
}

/** Not in the locked file: nobody else can read that one. */
function tellName({ folder, owner }: ExecutorLockOptions): void {
  const next = `${nameFile(folder)}.new`;
  writeFileSync(next, JSON.stringify(owner), { mode: 0o600 });
  renameSync(next, nameFile(folder));
}

function nameFile(folder: string): string {
  return join(folder, 'worker.json');
}
