import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStart } from '../process-start.ts';

const pollMs = 25;
/** Longer than any exchange with an authorization server may take. */
const staleMs = 60_000;

/**
 * Does work that one process at a time may do, guarded by a file beside `path`. The file of a process that has died
 * holds nobody up.
 * @throws the signal's reason when it aborts first
 */
export async function withFileLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  const mine = JSON.stringify({ id: randomUUID(), pid: process.pid, start: processStart(process.pid), at: Date.now() });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  while (!take(lock, mine)) {
    clearStale(lock);
    await sleep(pollMs, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    if (read(lock) === mine) rmSync(lock, { force: true });
  }
}

function take(lock: string, mine: string): boolean {
  try {
    writeFileSync(lock, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function clearStale(lock: string): void {
  const held = read(lock);
  if (held === undefined || !isStale(held)) return;
  // Moved aside first: whoever took it over in this moment is given it back.
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
    if (read(aside) !== held) linkSync(aside, lock);
  } catch {
    // Somebody else was faster.
  }
  rmSync(aside, { force: true });
}

function isStale(held: string): boolean {
  const { pid, start, at } = ownerIn(held);
  if (at === undefined || Math.abs(Date.now() - at) > staleMs) return true;
  return pid !== undefined && start !== undefined && processStart(pid) !== start;
}

/** A file that is being written yet says nothing; it is as old as it looks only when it stays so. */
function ownerIn(held: string): { readonly pid?: number; readonly start?: string; readonly at?: number } {
  try {
    return JSON.parse(held) as { readonly pid?: number; readonly start?: string; readonly at?: number };
  } catch {
    return { at: Date.now() };
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
