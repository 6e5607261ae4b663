import type { StateStore } from '../../engine/ports.ts';
import type { Json } from '../../model/json.ts';
import { maxStoredBytes, payloadText } from '../../model/payload.ts';
import type { StateChange, StateEntry } from '../../model/requests.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Connection } from './native.ts';

/** What `state` steps keep, in the journal's file. `change` is called inside a transaction. */
export interface StateFile extends Omit<StateStore, 'keep'> {
  change(changes: readonly StateChange[], now: EpochMs): void;
}

/** Expired values that a change takes away with it. */
const sweptAtOnce = 50;

export function openState(connection: Connection): StateFile {
  const sql = prepareState(connection);
  return {
    get(space, name, now) {
      const text = sql.get.get(space, name, now);
      return text === undefined ? undefined : (JSON.parse(text) as Json);
    },
    list: (prefix, now) => sql.list.all({ prefix, now }).map(entryOf),
    change(changes, now) {
      const at = Math.trunc(now);
      sql.sweep.run(at, sweptAtOnce);
      for (const change of changes) {
        const { space, name } = change;
        if (change.kind === 'delete') sql.delete.run(space, name);
        else sql.put.run(space, name, JSON.stringify(change.value), at, wholeOrNull(change.expiresAt));
      }
    },
  };
}

/** @throws RunnerError PAYLOAD_TOO_LARGE */
export function refuseLargeState(changes: readonly StateChange[] = []): void {
  for (const change of changes) {
    if (change.kind === 'put') payloadText(`The value "${change.name}"`, change.value, maxStoredBytes);
  }
}

interface StateRow {
  readonly space: string;
  readonly name: string;
  readonly value: string;
  readonly changed_at: number;
  readonly expires_at: number | null;
}

function entryOf(row: StateRow): StateEntry {
  return {
    space: row.space,
    name: row.name,
    value: JSON.parse(row.value) as Json,
    changedAt: row.changed_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
  };
}

function wholeOrNull(time: EpochMs | undefined): number | null {
  return time === undefined ? null : Math.trunc(time);
}

function prepareState(db: Connection) {
  return {
    get: db
      .prepare<[string, string, number], string>(
        'SELECT value FROM state WHERE space = ? AND name = ? AND (expires_at IS NULL OR expires_at > ?)',
      )
      .pluck(),
    list: db.prepare<[{ prefix: string; now: number }], StateRow>(
      `SELECT * FROM state WHERE space >= @prefix AND substr(space, 1, length(@prefix)) = @prefix
         AND (expires_at IS NULL OR expires_at > @now) ORDER BY space, name`,
    ),
    put: db.prepare<[string, string, string, number, number | null]>(
      'INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?, ?)',
    ),
    delete: db.prepare<[string, string]>('DELETE FROM state WHERE space = ? AND name = ?'),
    sweep: db.prepare<[number, number]>(
      `DELETE FROM state WHERE (space, name) IN
         (SELECT space, name FROM state WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    ),
  };
}
