import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerError } from '../../model/errors.ts';
import type { Owner } from '../../model/run-records.ts';
import { waitForDisk, makeWhole } from './copy-database.ts';
import { journalSpec } from './journal.ts';
import { ownerColumns, ownerIn, type OwnerCells } from './journal-schema.ts';
import { connect, type Connection } from './native.ts';
import { openDatabase } from './open-database.ts';
import { isBusy, isDamaged, toStorageFault } from './storage-faults.ts';

export interface RestorePlace {
  /** The project's storage folder. */
  readonly home: string;
  /** A new folder inside it, for what is replaced. */
  readonly replaced: string;
  readonly isAlive: (owner: Owner) => boolean;
  readonly now: number;
}

const staged = 'restoring';

/**
 * Opens a journal that is about to be put in place: brings it to the newest form, checks it, and pauses every run that
 * was open, since it may have gone on after the copy was made.
 * @returns the runs that were paused
 * @throws RunnerError STORAGE_CORRUPT, STORAGE_TOO_NEW, STORAGE_UNUSABLE
 */
export async function prepareJournalCopy(file: string, now: number): Promise<readonly string[]> {
  const connection = await openDatabase({ ...journalSpec(''), file });
  try {
    return connection.transaction(() => pauseOpenRuns(connection, now)).immediate();
  } finally {
    connection.close();
    makeWhole(file);
  }
}

/** Where a file of a backup is put before it takes its place. */
export function stagedFile(home: string, name: string): string {
  return join(home, `${name}.${staged}`);
}

/**
 * Puts staged files in place of those of the project, which are kept beside. At every moment there is one whole journal.
 * @throws RunnerError PROJECT_IN_USE while any other process has the journal open
 */
export async function putInPlace(place: RestorePlace): Promise<void> {
  const lock = lockAlone(place);
  try {
    for (const step of replacement(place, lock !== undefined)) step();
    // Whoever opened the old file meanwhile has given up by then, and finds the new one.
    await sleep(giveUpMs);
  } finally {
    lock?.close();
  }
}

const giveUpMs = 100;

/** The steps of a replacement in order. The journal comes last, by a rename: before that the old one is in place. */
export function replacement({ home, replaced }: RestorePlace, isSound: boolean): readonly (() => void)[] {
  const aside = (name: string): void => {
    if (existsSync(join(home, name))) renameSync(join(home, name), join(replaced, name));
  };
  const limits = ['limits.db', 'limits.db-wal', 'limits.db-shm'];
  // Of a damaged journal the log could not be folded in, and must not meet the new file.
  const logs = isSound ? [] : ['journal.db-wal', 'journal.db-shm'];
  return [
    () => void mkdirSync(replaced, { mode: 0o700, recursive: true }),
    ...limits.map((name) => () => aside(name)),
    () => {
      if (existsSync(stagedFile(home, 'limits.db'))) renameSync(stagedFile(home, 'limits.db'), join(home, 'limits.db'));
    },
    () => {
      if (existsSync(join(home, 'journal.db'))) linkSync(join(home, 'journal.db'), join(replaced, 'journal.db'));
    },
    ...['journal.db.witness', ...logs].map((name) => () => aside(name)),
    () => {
      renameSync(stagedFile(home, 'journal.db'), join(home, 'journal.db'));
      waitForDisk(home);
    },
  ];
}

/** Removes what a restore that was cut off has left behind. */
export function clearStage(home: string): void {
  const stages = ['journal.db', 'limits.db'].map((name) => `${name}.${staged}`);
  for (const name of readdirSync(home)) {
    if (stages.some((stage) => name.startsWith(stage))) rmSync(join(home, name), { force: true });
  }
}

/** The present journal, held so that nobody else can open it; undefined where there is none that can be opened. */
function lockAlone({ home, isAlive, now }: RestorePlace): Connection | undefined {
  const file = join(home, 'journal.db');
  if (!existsSync(file)) return undefined;
  const connection = connect(file, 0);
  try {
    // Succeeds only where no other process has it open.
    connection.pragma('journal_mode = DELETE');
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    const users = isBusy(error) ? livingOwners(connection, isAlive, now) : [];
    connection.close();
    if (isBusy(error)) throw inUse(file, users);
    if (isDamaged(error)) return undefined;
    throw toStorageFault(error, file);
  }
}

function livingOwners(connection: Connection, isAlive: RestorePlace['isAlive'], now: number): readonly Owner[] {
  const sql = `SELECT ${ownerColumns} FROM owners WHERE lease_until > ?`;
  return connection.prepare<[number], OwnerCells>(sql).all(now).map(ownerIn).filter(isAlive);
}

function inUse(file: string, owners: readonly Owner[]): RunnerError {
  const [owner] = owners;
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new RunnerError('PROJECT_IN_USE', `${file} is open in ${who}, so nothing was restored.`, {
    hint: 'Stop every runner of this project first: workers, runs, and commands that follow a run.',
  });
}

const isFinal = `status IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed')`;

function pauseOpenRuns(connection: Connection, now: number): readonly string[] {
  const open = connection
    .prepare<[], { n: number; id: string }>(
      `SELECT n, id FROM runs WHERE parent IS NULL
         AND status IN ('queued', 'running', 'waiting', 'undoing', 'interrupted') ORDER BY n`,
    )
    .all();
  const record = connection.prepare<[number, string]>('INSERT INTO events (run, body) VALUES (?, ?)');
  const body = JSON.stringify([{ type: 'run.paused', at: Math.trunc(now), by: 'runner restore' }]);
  const pause = connection.prepare<[number]>(`UPDATE runs SET status = 'paused', wake_at = NULL WHERE n = ?`);
  for (const { n } of open) {
    record.run(n, body);
    pause.run(n);
  }
  connection.exec(
    `UPDATE runs SET owner = NULL, epoch = epoch + 1, ready = 0 WHERE NOT ${isFinal}; DELETE FROM waits;`,
  );
  return open.map(({ id }) => id);
}
