import { chmodSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerError } from '../../model/errors.ts';
import { connect, type Connection } from './native.ts';
import { createPrivately } from './private-file.ts';
import { codeOf, isBusy, toStorageFault } from './storage-faults.ts';

/** What a database file is to be. */
export interface DatabaseSpec {
  readonly file: string;
  /** How the file is named for people: `journal`. */
  readonly title: string;
  /** Written into the file; a file with another one belongs to another program and is never touched. */
  readonly applicationId: number;
  /** SQL that leads from each version to the next; the first makes an empty file into version 1. */
  readonly migrations: readonly string[];
  /** `FULL`: what is committed survives power loss. */
  readonly synchronous: 'FULL' | 'NORMAL' | 'OFF';
  /** How long a statement may block this process while another one writes. */
  readonly busyTimeoutMs: number;
}

const openPatienceMs = 10_000;

/**
 * Opens a database, creates it where it is missing, and brings it to the newest version, after a backup beside it
 * (`<file>.v<version>.backup`). Waits for other processes without blocking this one.
 * @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_FULL, STORAGE_TOO_NEW, NODE_UNSUPPORTED
 */
export async function openDatabase(spec: DatabaseSpec): Promise<Connection> {
  const connection = await patiently(spec.file, () => openUnmigrated(spec));
  try {
    const version = versionOf(connection);
    if (version === spec.migrations.length) return connection;
    if (version > 0) await backUp(connection, `${spec.file}.v${version}.backup`);
    await patiently(spec.file, () => migrate(connection, spec));
    return connection;
  } catch (error) {
    connection.close();
    throw toStorageFault(error, spec.file);
  }
}

/** Like {@link openDatabase} for a file that may be lost: without backup, and without waiting for other processes. */
export function openDisposableDatabase(spec: DatabaseSpec): Connection {
  // A file that is being created holds nothing yet that would be worth waiting for the disk.
  const connection = openUnmigrated({ ...spec, synchronous: 'OFF' });
  try {
    if (versionOf(connection) !== spec.migrations.length) migrate(connection, spec);
    connection.pragma(`synchronous = ${spec.synchronous}`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Whether a file is still the one that was opened: writes to a removed file succeed and go nowhere. */
export function identityOf(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

async function backUp(connection: Connection, file: string): Promise<void> {
  createPrivately(file);
  await connection.backup(file);
}

async function patiently<T>(file: string, action: () => T): Promise<T> {
  const givenUpAt = performance.now() + openPatienceMs;
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || performance.now() > givenUpAt) throw toStorageFault(error, file);
      await sleep(5 + Math.random() * 20);
    }
  }
}

function openUnmigrated(spec: DatabaseSpec): Connection {
  prepareFile(spec);
  const connection = connect(spec.file, spec.busyTimeoutMs);
  try {
    refuseForeign(connection, spec);
    hideFromOthers(spec.file);
    configure(connection, spec);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function prepareFile({ file, title }: DatabaseSpec): void {
  const known = lookAt(file, title);
  if (known?.isFile() === true) return;
  if (known !== undefined) {
    const kind = known.isDirectory() ? 'a folder' : 'not a regular file';
    throw unusable(`${file} is ${kind}, but the ${title} has to be a file there.`);
  }
  createPrivately(file);
}

function lookAt(file: string, title: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) !== 'ENOTDIR') throw error;
    throw unusable(`${dirname(file)} is not a folder, so the ${title} cannot be kept there.`);
  }
}

/** A file that belongs to another user is that user's to open or close. */
function hideFromOthers(file: string): void {
  const { mode, uid } = statSync(file);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(file, 0o600);
}

function refuseForeign(connection: Connection, spec: DatabaseSpec): void {
  const applicationId = Number(connection.pragma('application_id', { simple: true }));
  const tables = connection.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (applicationId !== spec.applicationId && (applicationId !== 0 || tables !== 0)) {
    throw unusable(`${spec.file} is a database of another program, not a ${spec.title} of Runner.`);
  }
  const version = versionOf(connection);
  if (version <= spec.migrations.length) return;
  throw new RunnerError(
    'STORAGE_TOO_NEW',
    `${spec.file} was written by a newer Runner (version ${version} of the file, this one knows ${spec.migrations.length}).`,
    { hint: 'Update Runner, or set RUNNER_HOME to another folder.' },
  );
}

/** On every open: SQLite remembers only some of these in the file, and the default of `synchronous` differs between opens. */
function configure(connection: Connection, spec: DatabaseSpec): void {
  // Takes effect only before the first page is written.
  if (versionOf(connection) === 0) connection.pragma('auto_vacuum = INCREMENTAL');
  connection.pragma(`synchronous = ${spec.synchronous}`);
  if (connection.pragma('journal_mode', { simple: true }) !== 'wal') connection.pragma('journal_mode = WAL');
  connection.pragma('foreign_keys = ON');
}

function migrate(connection: Connection, spec: DatabaseSpec): void {
  const step = connection.transaction((): boolean => {
    // Read inside the transaction: another process may have done the work meanwhile.
    const version = versionOf(connection);
    const sql = spec.migrations[version];
    if (sql === undefined) return false;
    if (version === 0) connection.pragma(`application_id = ${spec.applicationId}`);
    connection.exec(sql);
    connection.pragma(`user_version = ${version + 1}`);
    return true;
  });
  while (step.immediate());
}

function versionOf(connection: Connection): number {
  return Number(connection.pragma('user_version', { simple: true }));
}

function unusable(message: string): RunnerError {
  return new RunnerError('STORAGE_UNUSABLE', message, { hint: 'Move it away, or set RUNNER_HOME to another folder.' });
}
