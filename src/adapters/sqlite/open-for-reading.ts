import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunnerError } from '../../model/errors.ts';
import { connectForReading, type Connection } from './native.ts';
import type { DatabaseSpec } from './open-database.ts';
import { codeOf } from './storage-faults.ts';

/** A larger file is not taken into memory. */
const largestBytes = 2 ** 30;

/**
 * Opens a database that cannot be opened for writing because its file, folder or disk does not let it, so that people
 * can still read what is there. Whatever would change it fails with SQLITE_READONLY.
 * @param fault why it could not be opened for writing
 * @returns undefined where the fault is another one, or reading is not possible either
 */
export function openForReading({ file, migrations }: DatabaseSpec, fault: unknown): Connection | undefined {
  if (!isUnwritable(fault)) return undefined;
  const connection = firstThatOpens([
    // With the helper files of a process that has it open.
    () => connectForReading(file),
    // Nobody has it open: SQLite would have to make helper files, and cannot.
    () => openInMemory(file),
    () => openCopy(file),
  ]);
  if (connection?.pragma('user_version', { simple: true }) === migrations.length) return connection;
  connection?.close();
  return undefined;
}

function isUnwritable(fault: unknown): boolean {
  const cause = fault instanceof RunnerError ? fault.cause : fault;
  if (fault instanceof RunnerError && fault.code === 'STORAGE_FULL') return true;
  return /^(?:EROFS|EACCES|EPERM|ENOSPC|EDQUOT|SQLITE_(?:READONLY|CANTOPEN|FULL|IOERR).*)$/.test(codeOf(cause));
}

function firstThatOpens(ways: readonly (() => Connection | undefined)[]): Connection | undefined {
  for (const open of ways) {
    const connection = attempt(open);
    if (connection !== undefined && attempt(() => look(connection)) !== undefined) return connection;
    connection?.close();
  }
  return undefined;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** The first read is what fails where something is missing. */
function look(connection: Connection): unknown {
  connection.pragma('query_only = ON');
  return connection.pragma('schema_version', { simple: true });
}

/** Only where nothing waits in the write-ahead log: it would be missing. */
function openInMemory(file: string): Connection | undefined {
  if (sizeOf(`${file}-wal`) > 0 || sizeOf(file) > largestBytes) return undefined;
  const bytes = readFileSync(file);
  // Says "no write-ahead log" in the header: a database in memory cannot have one.
  bytes.fill(1, 18, 20);
  return connectForReading(bytes);
}

/** Of the file and its write-ahead log, which SQLite needs beside each other in a folder that can be written. */
function openCopy(file: string): Connection {
  const folder = mkdtempSync(join(tmpdir(), 'runner-read-'));
  try {
    const copy = join(folder, 'copy.db');
    for (const suffix of ['', '-wal']) if (sizeOf(file + suffix) > 0) copyFileSync(file + suffix, copy + suffix);
    const connection = connectForReading(copy);
    look(connection);
    return connection;
  } finally {
    // What is open stays readable without a name.
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
