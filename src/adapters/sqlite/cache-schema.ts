import { join } from 'node:path';
import type { Connection } from './native.ts';
import type { DatabaseSpec } from './open-database.ts';

const version1 = `
CREATE TABLE entries (
  key TEXT PRIMARY KEY,
  server TEXT NOT NULL,
  tool TEXT NOT NULL,
  output TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  called_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX entries_by_use ON entries (used_at);
CREATE INDEX entries_by_expiry ON entries (expires_at);
CREATE INDEX entries_by_server ON entries (server, tool);

-- When something was last written at a server: a read that began before must not be stored after it.
CREATE TABLE drops (server TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;

CREATE TABLE boot (id TEXT NOT NULL) STRICT;

CREATE TABLE totals (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0, 0);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
  UPDATE totals SET entries = entries + 1, bytes = bytes + new.bytes;
END;
CREATE TRIGGER entry_replaced AFTER UPDATE OF bytes ON entries BEGIN
  UPDATE totals SET bytes = bytes + new.bytes - old.bytes;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
  UPDATE totals SET entries = entries - 1, bytes = bytes - old.bytes;
END;
`;

// How long a result may stand in for a call that fails, beyond its expiry.
const version2 = `
ALTER TABLE entries ADD COLUMN kept_until INTEGER NOT NULL DEFAULT 0;
DROP INDEX entries_by_expiry;
CREATE INDEX entries_by_end ON entries (kept_until);
`;

export function cacheSpec(folder: string): DatabaseSpec {
  return {
    file: join(folder, 'cache.db'),
    title: 'cache',
    // "RunC"
    applicationId: 0x52756e43,
    migrations: [version1, version2],
    synchronous: 'NORMAL',
    busyTimeoutMs: 100,
  };
}

export interface EntryRow {
  readonly key: string;
  readonly server: string;
  readonly tool: string;
  readonly output: string;
  readonly bytes: number;
  readonly called_at: number;
  readonly expires_at: number;
  readonly used_at: number;
  readonly kept_until: number;
}

export interface Totals {
  readonly entries: number;
  readonly bytes: number;
}

export type CacheStatements = ReturnType<typeof prepareCache>;

/** Prepares every statement of the cache, and empties it when the machine was restarted since its last use. */
export function prepareCache(db: Connection, bootId: string) {
  forgetOtherBoot(db, bootId);
  return {
    version: db.prepare<[], number>('PRAGMA data_version').pluck(),
    get: db.prepare<[string], EntryRow>('SELECT * FROM entries WHERE key = ?'),
    put: db.prepare<[EntryRow]>(
      `INSERT INTO entries VALUES (@key, @server, @tool, @output, @bytes, @called_at, @expires_at, @used_at, @kept_until)
       ON CONFLICT (key) DO UPDATE SET output = excluded.output, bytes = excluded.bytes,
         called_at = excluded.called_at, expires_at = excluded.expires_at, used_at = excluded.used_at,
         kept_until = excluded.kept_until
       WHERE excluded.called_at >= called_at`,
    ),
    touch: db.prepare<[number, string]>('UPDATE entries SET used_at = ? WHERE key = ?'),
    droppedAt: db.prepare<[string], number>('SELECT at FROM drops WHERE server = ?').pluck(),
    noteDrop: db.prepare<[string, number]>(
      `INSERT INTO drops VALUES (?, ?) ON CONFLICT (server) DO UPDATE SET at = max(at, excluded.at)`,
    ),
    clear: db.prepare<[string | null, string | null]>(
      'DELETE FROM entries WHERE server = coalesce(?, server) AND tool = coalesce(?, tool)',
    ),
    removeServer: db.prepare<[string]>('DELETE FROM entries WHERE server = ?'),
    removeEnded: db.prepare<[number]>(
      `DELETE FROM entries WHERE key IN (SELECT key FROM entries WHERE kept_until <= ? LIMIT 500)`,
    ),
    removeLeastUsed: db.prepare<[]>(
      'DELETE FROM entries WHERE key = (SELECT key FROM entries ORDER BY used_at, rowid LIMIT 1)',
    ),
    totals: db.prepare<[], Totals>('SELECT entries, bytes FROM totals'),
    expired: db.prepare<[number], number>('SELECT count(*) FROM entries WHERE expires_at <= ?').pluck(),
    byServer: db.prepare<[], { server: string; entries: number }>(
      'SELECT server, count(*) AS entries FROM entries GROUP BY server ORDER BY entries DESC, server',
    ),
  };
}

/** The file is not synced at each write: a power cut may bring entries back that were dropped before it. */
function forgetOtherBoot(db: Connection, bootId: string): void {
  if (db.prepare('SELECT id FROM boot').pluck().get() === bootId) return;
  const begin = db.transaction(() => {
    db.exec('DELETE FROM entries; DELETE FROM drops; DELETE FROM boot;');
    db.prepare('INSERT INTO boot VALUES (?)').run(bootId);
  });
  begin.immediate();
}
