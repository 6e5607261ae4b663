import type { EpochMs } from '../../model/time.ts';
import type { SandboxDatabase, SqlValue } from './database.ts';

const schemaVersion = 1;

/** Creates the tables and what is in them at the beginning, the first time; afterwards it costs one query. */
export function prepareState(database: SandboxDatabase, now: EpochMs): void {
  if (versionOf(database) === schemaVersion) return;
  database.transaction(() => {
    // Another process may have been faster.
    if (versionOf(database) === schemaVersion) return;
    database.exec(tables + answersTable);
    seedServices(database, now);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
  });
}

/** The same for the database of the users' SQL. */
export function prepareSql(database: SandboxDatabase): void {
  database.exec(`PRAGMA max_page_count = ${maxSqlPages}`);
  if (versionOf(database) === schemaVersion) return;
  database.transaction(() => {
    if (versionOf(database) === schemaVersion) return;
    database.exec(sqlTables + answersTable);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
  });
}

/** The next number of a kind of thing, from 1001; part of the transaction around it, so none is given out twice. */
export function nextNumber(database: SandboxDatabase, kind: string): number {
  const [row] = database.all(
    'INSERT INTO numbers (kind, last) VALUES (?, 1001) ON CONFLICT (kind) DO UPDATE SET last = last + 1 RETURNING last',
    [kind],
  );
  return Number(row?.['last']);
}

/** `2026-11-22T15:05:38.000Z`, as the played services write times. */
export function isoTime(at: EpochMs): string {
  return new Date(at).toISOString();
}

function versionOf(database: SandboxDatabase): number {
  return Number(database.all('PRAGMA user_version', [])[0]?.['user_version'] ?? 0);
}

function seedServices(database: SandboxDatabase, now: EpochMs): void {
  for (const service of services) {
    database.run('INSERT INTO services (id, name, repo, branch, nature) VALUES (?, ?, ?, ?, ?)', service);
  }
  const failure = [
    [-95_000, 'info', 'GET /checkout 200 in 84 ms'],
    [-61_000, 'warn', 'Heap is at 471 MB of 512 MB'],
    [-32_000, 'error', outOfMemory],
    [-31_000, 'warn', 'Instance exited with code 134'],
    [-30_000, 'warn', unreachable],
  ] as const;
  for (const [id, , , , nature] of services) {
    const lines = nature === 'steady' ? ([[-60_000, 'info', 'GET /health 200 in 3 ms']] as const) : failure;
    for (const [offset, level, text] of lines) addLogLine(database, [id, now + offset, level, text]);
  }
}

/** What the log of a service that is ill ends with. */
export const outOfMemory = 'Reached heap limit: JavaScript heap out of memory';
export const unreachable = 'Health check GET /health failed: connection refused';

/** Adds a line to a service's log. A line of the future shows once its time has come. */
export function addLogLine(
  database: SandboxDatabase,
  line: readonly [service: string, at: EpochMs, level: 'info' | 'warn' | 'error', text: string],
): void {
  database.run('INSERT INTO service_logs (service, at, level, text) VALUES (?, ?, ?, ?)', line);
}

/** Id, name, repository, branch, nature (see `service-state.ts`). */
const services: readonly (readonly SqlValue[] & readonly [string, string, string, string, string])[] = [
  ['srv-demo', 'demo-shop', 'demo-shop', 'main', 'relapses'],
  ['srv-stuck', 'stuck-worker', 'stuck-worker', 'main', 'needs_deploy'],
  ['srv-lost', 'lost-cause', 'lost-cause', 'main', 'lost'],
  ['srv-api', 'public-api', 'public-api', 'main', 'steady'],
  ['srv-web', 'website', 'website', 'main', 'steady'],
];

/** 8 MB in pages of 4 KB: the users' SQL cannot fill a disk. */
const maxSqlPages = 2_000;

/** In both databases, so that an effect and the answer under its idempotency key are one transaction. */
const answersTable = `
  CREATE TABLE sandbox_answers (
    key TEXT PRIMARY KEY,
    call TEXT NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sandbox_answers_by_time ON sandbox_answers (at);
`;

const tables = `
  CREATE TABLE numbers (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE services (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    repo TEXT NOT NULL,
    branch TEXT NOT NULL,
    nature TEXT NOT NULL,
    suspended INTEGER NOT NULL DEFAULT 0,
    phase TEXT,
    recovers_at INTEGER,
    seen_live_at INTEGER,
    restarts INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE service_logs (
    number INTEGER PRIMARY KEY,
    service TEXT NOT NULL REFERENCES services (id),
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX service_logs_by_time ON service_logs (service, at);
  CREATE TABLE deploys (
    number INTEGER PRIMARY KEY,
    service TEXT NOT NULL REFERENCES services (id),
    commit_id TEXT,
    created_at INTEGER NOT NULL,
    done_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deploys_by_service ON deploys (service);
  CREATE TABLE issues (
    repo TEXT NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT,
    labels TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (repo, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE comments (
    number INTEGER PRIMARY KEY,
    repo TEXT NOT NULL,
    issue INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE customers (
    number INTEGER PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE subscriptions (
    number INTEGER PRIMARY KEY,
    customer INTEGER NOT NULL REFERENCES customers (number),
    price TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_channel ON messages (channel);
`;

const sqlTables = `
  CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT,
    stripe_id TEXT,
    plan TEXT,
    created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  );
  INSERT INTO customers (email, name, stripe_id, plan) VALUES
    ('ada@example.com', 'Ada', NULL, 'price_pro'),
    ('grace@example.com', 'Grace', NULL, 'price_starter');
`;
