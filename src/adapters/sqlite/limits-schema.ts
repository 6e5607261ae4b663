import { join } from 'node:path';
import type { Connection } from './native.ts';
import type { DatabaseSpec } from './open-database.ts';

const firstSchema = `
-- When calls with a key had or will have their turn, numbered without gaps.
CREATE TABLE turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,
  n INTEGER NOT NULL,
  at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL
) STRICT;
CREATE INDEX turns_in_order ON turns (key, n);

-- Calls under way.
CREATE TABLE slots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,
  owner TEXT NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;
CREATE INDEX slots_by_key ON slots (key);

-- One place for each process that waits for a slot, so that they take turns.
CREATE TABLE places (
  ticket INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX places_by_key ON places (key);

CREATE TABLE circuits (
  key TEXT PRIMARY KEY,
  circuit TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/**
 * A turn is one row of one page, since one is written for each limited call: with a rowid it was three. The id names it while
 * others move up.
 */
const turnsInOnePage = `
CREATE TABLE turns_in_order_of_n (
  key TEXT NOT NULL,
  n INTEGER NOT NULL,
  id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  PRIMARY KEY (key, n, id)
) STRICT, WITHOUT ROWID;
INSERT INTO turns_in_order_of_n SELECT key, n, id, at, taken_at FROM turns;
DROP TABLE turns;
ALTER TABLE turns_in_order_of_n RENAME TO turns;
`;

export const limitsMigrations: readonly string[] = [firstSchema, turnsInOnePage];

export function limitsSpec(folder: string): DatabaseSpec {
  return {
    file: join(folder, 'limits.db'),
    title: 'file of the limits',
    // "RunL"
    applicationId: 0x52756e4c,
    migrations: limitsMigrations,
    // Written before each limited call, so it must not wait for the disk; a killed process loses nothing all the same.
    synchronous: 'NORMAL',
    busyTimeoutMs: 1_000,
  };
}

export interface TurnRow {
  readonly n: number;
  readonly taken_at: number;
  /** When the turn so many before it was; null where there is none any more. */
  readonly leaving_at: number | null;
}

/** What is taken of a concurrency limit. */
export interface UseRow {
  /** Slots, and places in line before one. */
  readonly taken: number;
  /** Of a slot among them; null where it is not there. */
  readonly lease_until: number | null;
}

export interface SlotRow {
  readonly id: number;
  readonly owner: string;
  readonly lease_until: number;
}

export type LimitStatements = ReturnType<typeof prepareLimits>;

/**
 * Every statement of the limits, prepared once for the life of the connection.
 * @param firstId ids of turns lie above it, and at most 2 ** 50 above it
 */
export function prepareLimits(db: Connection, firstId = 0) {
  return { ...prepareTurns(db, firstId), ...prepareSlots(db), ...prepareCircuits(db) };
}

/** What is taken of a concurrency limit: of it a slot, and of the line only what is before a place. */
export function countSlots(
  sql: LimitStatements,
  key: string,
  { slot = 0, ticket = Number.MAX_SAFE_INTEGER }: { readonly slot?: number; readonly ticket?: number | undefined },
): UseRow {
  return sql.inUse.get(key, key, ticket, slot) ?? { taken: 0, lease_until: null };
}

function prepareTurns(db: Connection, firstId: number) {
  return {
    newTurnId: () => firstId + 1 + Math.floor(Math.random() * 2 ** 50),
    lastTurn: db.prepare<[number, string], TurnRow>(
      `SELECT n, taken_at, (
          SELECT at FROM turns AS leaving WHERE leaving.key = last.key AND leaving.n <= last.n - ? ORDER BY n DESC LIMIT 1
        ) AS leaving_at
        FROM turns AS last WHERE key = ? ORDER BY n DESC LIMIT 1`,
    ),
    addTurn: db.prepare<[string, number, number, number, number]>('INSERT INTO turns VALUES (?, ?, ?, ?, ?)'),
    forgetTurns: db.prepare<[string, number, number]>('DELETE FROM turns WHERE key = ? AND n <= ? AND at <= ?'),
    forgetAllTurns: db.prepare<[string]>('DELETE FROM turns WHERE key = ?'),
    removeTurn: db.prepare<[number], { key: string; n: number }>('DELETE FROM turns WHERE id = ? RETURNING key, n'),
    moveUp: db.prepare<[string, number]>('UPDATE turns SET n = n - 1 WHERE key = ? AND n > ?'),
  };
}

function prepareSlots(db: Connection) {
  return {
    /** Another one as soon as another connection has changed the file. */
    dataVersion: db.prepare<[], number>('PRAGMA data_version').pluck(),
    inUse: db.prepare<[string, string, number, number], UseRow>(
      `SELECT (SELECT count(*) FROM slots WHERE key = ?)
          + (SELECT count(*) FROM places WHERE key = ? AND ticket < ?) AS taken,
        (SELECT lease_until FROM slots WHERE id = ?) AS lease_until`,
    ),
    slots: db.prepare<[string], SlotRow>('SELECT id, owner, lease_until FROM slots WHERE key = ?'),
    addSlot: db
      .prepare<[string, string, number], number>(
        'INSERT INTO slots (key, owner, lease_until) VALUES (?, ?, ?) RETURNING id',
      )
      .pluck(),
    keepSlot: db.prepare<[number, number]>('UPDATE slots SET lease_until = ? WHERE id = ?'),
    removeSlot: db.prepare<[number]>('DELETE FROM slots WHERE id = ?'),
    addPlace: db
      .prepare<[string, number], number>('INSERT INTO places (key, seen_at) VALUES (?, ?) RETURNING ticket')
      .pluck(),
    seePlace: db.prepare<[number, number]>('UPDATE places SET seen_at = ? WHERE ticket = ?'),
    placeSeenAt: db.prepare<[number], number>('SELECT seen_at FROM places WHERE ticket = ?').pluck(),
    removePlace: db.prepare<[number]>('DELETE FROM places WHERE ticket = ?'),
    removeLostPlaces: db.prepare<[string, number, number]>(
      'DELETE FROM places WHERE key = ? AND seen_at NOT BETWEEN ? AND ?',
    ),
  };
}

function prepareCircuits(db: Connection) {
  return {
    circuit: db.prepare<[string], string>('SELECT circuit FROM circuits WHERE key = ?').pluck(),
    saveCircuit: db.prepare<[string, string]>(
      'INSERT INTO circuits VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET circuit = excluded.circuit',
    ),
    removeCircuit: db.prepare<[string]>('DELETE FROM circuits WHERE key = ?'),
    circuits: db.prepare<[], { key: string; circuit: string }>('SELECT key, circuit FROM circuits ORDER BY key'),
  };
}
