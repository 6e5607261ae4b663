import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { connect } from './native.ts';
import { createPrivately } from './private-file.ts';
import { toStorageFault } from './storage-faults.ts';

/** A copy of a database, as it is told apart from any other. */
export interface FileFacts {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** Pages that are copied before the rest is, in one step that no writer can make begin anew. */
const everyPage = 2 ** 31 - 1;

/**
 * Copies a database that others may be writing, as it stands at one moment, into a file that needs no other beside it.
 * The copy is checked, and on disk when this resolves.
 * @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_FULL
 */
export async function copyDatabase(source: string, target: string): Promise<FileFacts> {
  try {
    createPrivately(target);
    const connection = connect(source, 5_000);
    try {
      await connection.backup(target, { progress: () => everyPage });
    } finally {
      connection.close();
    }
    makeWhole(target);
    return await factsOf(target);
  } catch (error) {
    throw toStorageFault(error, target);
  }
}

export async function factsOf(file: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { bytes: statSync(file).size, sha256: hash.digest('hex') };
}

/** Folds a write-ahead log into the file, checks every page of it, and waits for the disk. */
export function makeWhole(file: string): void {
  const connection = connect(file, 5_000);
  try {
    connection.pragma('journal_mode = DELETE');
    const verdict = String(connection.pragma('integrity_check', { simple: true }));
    if (verdict !== 'ok') throw Object.assign(new Error(verdict), { code: 'SQLITE_CORRUPT' });
  } finally {
    connection.close();
  }
  waitForDisk(file);
}

/** Of a file, or of the names in a folder. */
export function waitForDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
