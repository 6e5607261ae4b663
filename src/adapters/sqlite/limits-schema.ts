import { join } from 'node:path';
import type { Connection } from './native.ts';
import type { DatabaseSpec } from './open-database.ts';

export const limitsSchema = `
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

export function limitsSpec(folder: string): DatabaseSpec {
  return {
    file: join(folder, 'limits.db'),
    title: 'file of the limits',
    // "RunL"
    applicationId: 0x52756e4c,
    migrations: [limitsSchema],
    // Written before each limited call, so it must not wait for the disk; a killed process loses nothing all the same.
    synchronous: 'NORMAL',
    busyTimeoutMs: 1_000,
  };
}

export interface TurnRow {
  readonly n: number;
  readonly taken_at: number;
}

export interface SlotRow {
  readonly id: number;
  readonly owner: string;
  readonly lease_until: number;
}

export type LimitStatements = ReturnType<typeof prepareLimits>;

/** Every statement of the limits, prepared once for the life of the connection. */
export function prepareLimits(db: Connection) {
  return { ...prepareTurns(db), ...prepareSlots(db), ...prepareCircuits(db) };
}

function prepareTurns(db: Connection) {
  return {
    lastTurn: db.prepare<[string], TurnRow>('SELECT n, taken_at FROM turns WHERE key = ? ORDER BY n DESC LIMIT 1'),
    turnAt: db
      .prepare<[string, number], number>('SELECT at FROM turns WHERE key = ? AND n <= ? ORDER BY n DESC LIMIT 1')
      .pluck(),
    addTurn: db
      .prepare<[string, number, number, number], number>(
        'INSERT INTO turns (key, n, at, taken_at) VALUES (?, ?, ?, ?) RETURNING id',
      )
      .pluck(),
    forgetTurns: db.prepare<[string, number, number]>('DELETE FROM turns WHERE key = ? AND n <= ? AND at <= ?'),
    forgetAllTurns: db.prepare<[string]>('DELETE FROM turns WHERE key = ?'),
    removeTurn: db.prepare<[number], { key: string; n: number }>('DELETE FROM turns WHERE id = ? RETURNING key, n'),
    moveUp: db.prepare<[string, number]>('UPDATE turns SET n = n - 1 WHERE key = ? AND n > ?'),
  };
}

function prepareSlots(db: Connection) {
  return {
    slotsInUse: db.prepare<[string], number>('SELECT count(*) FROM slots WHERE key = ?').pluck(),
    slots: db.prepare<[string], SlotRow>('SELECT id, owner, lease_until FROM slots WHERE key = ?'),
    addSlot: db
      .prepare<[string, string, number], number>(
        'INSERT INTO slots (key, owner, lease_until) VALUES (?, ?, ?) RETURNING id',
      )
      .pluck(),
    removeSlot: db.prepare<[number]>('DELETE FROM slots WHERE id = ?'),
    placesBefore: db
      .prepare<[string, number], number>('SELECT count(*) FROM places WHERE key = ? AND ticket < ?')
      .pluck(),
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
