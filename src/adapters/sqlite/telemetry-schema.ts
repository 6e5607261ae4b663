import { join } from 'node:path';
import type { Connection } from './native.ts';
import type { DatabaseSpec } from './open-database.ts';

const version1 = `
CREATE TABLE executions (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  run TEXT,
  step TEXT,
  kind TEXT NOT NULL,
  server TEXT NOT NULL,
  tool TEXT NOT NULL,
  version TEXT,
  params TEXT NOT NULL,
  success INTEGER NOT NULL,
  error_kind TEXT,
  error_message TEXT,
  duration_ms REAL NOT NULL,
  cache TEXT NOT NULL,
  retry_count INTEGER NOT NULL,
  fallback_used INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE tallies (
  server TEXT NOT NULL,
  tool TEXT NOT NULL,
  tally TEXT NOT NULL,
  PRIMARY KEY (server, tool)
) STRICT, WITHOUT ROWID;

CREATE TABLE logs (
  n INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  step TEXT,
  level TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX logs_by_run ON logs (run);

CREATE TABLE tools (
  server TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  parameters TEXT,
  PRIMARY KEY (server, name)
) STRICT;

CREATE TABLE catalogue (stored_at INTEGER NOT NULL) STRICT;
`;

/** What was stored before was seen when it was stored. */
const version2 = `
ALTER TABLE tools ADD COLUMN output TEXT;
ALTER TABLE tools ADD COLUMN annotations TEXT;
ALTER TABLE tools ADD COLUMN first_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tools ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
UPDATE tools SET (first_seen, last_seen) = (SELECT max(stored_at), max(stored_at) FROM catalogue)
  WHERE EXISTS (SELECT 1 FROM catalogue);
`;

/**
 * Calls of another version or in another environment are counted apart; tools are told apart by where they were read.
 * Where they were read before is not known, so they are read anew.
 */
const version3 = `
ALTER TABLE executions ADD COLUMN environment TEXT;
ALTER TABLE logs ADD COLUMN environment TEXT;

ALTER TABLE tallies RENAME TO old_tallies;
CREATE TABLE tallies (
  server TEXT NOT NULL,
  tool TEXT NOT NULL,
  version TEXT NOT NULL,
  environment TEXT NOT NULL,
  tally TEXT NOT NULL,
  PRIMARY KEY (server, tool, version, environment)
) STRICT, WITHOUT ROWID;
INSERT INTO tallies SELECT server, tool, '', '', tally FROM old_tallies;
DROP TABLE old_tallies;

DROP TABLE tools;
CREATE TABLE tools (
  source TEXT NOT NULL,
  server TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  parameters TEXT,
  output TEXT,
  annotations TEXT,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  PRIMARY KEY (source, server, name)
) STRICT;
DROP TABLE catalogue;
CREATE TABLE catalogue (source TEXT PRIMARY KEY, stored_at INTEGER NOT NULL) STRICT;
`;

const version4 = 'ALTER TABLE executions ADD COLUMN cost REAL;';
const version5 = 'ALTER TABLE executions ADD COLUMN waited_ms REAL;';

export function telemetrySpec(folder: string): DatabaseSpec {
  return {
    file: join(folder, 'telemetry.db'),
    title: 'telemetry file',
    // "RunT"
    applicationId: 0x52756e54,
    migrations: [version1, version2, version3, version4, version5],
    synchronous: 'NORMAL',
    busyTimeoutMs: 25,
  };
}

export interface ExecutionRow {
  readonly id: string;
  readonly run: string | null;
  readonly step: string | null;
  readonly kind: string;
  readonly server: string;
  readonly tool: string;
  readonly version: string | null;
  readonly params: string;
  readonly success: number;
  readonly error_kind: string | null;
  readonly error_message: string | null;
  readonly duration_ms: number;
  readonly cache: string;
  readonly retry_count: number;
  readonly fallback_used: number;
  readonly at: number;
  readonly environment: string | null;
  readonly cost: number | null;
  readonly waited_ms: number | null;
}

/** A row of executions as an array, in the order of {@link ExecutionRow}. */
export type ExecutionCells = [
  id: string,
  run: string | null,
  step: string | null,
  kind: string,
  server: string,
  tool: string,
  version: string | null,
  params: string,
  success: number,
  errorKind: string | null,
  errorMessage: string | null,
  durationMs: number,
  cache: string,
  retryCount: number,
  fallbackUsed: number,
  at: number,
  environment: string | null,
  cost: number | null,
  waitedMs: number | null,
];

export interface LogRow {
  readonly at: number;
  readonly run: string;
  readonly step: string | null;
  readonly level: string;
  readonly text: string;
  readonly environment: string | null;
}

export interface TallyRow {
  readonly server: string;
  readonly tool: string;
  /** Empty where the call named none. */
  readonly version: string;
  /** Empty where none was chosen. */
  readonly environment: string;
  readonly tally: string;
}

export interface ToolRow {
  readonly source: string;
  readonly server: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: string | null;
  readonly output: string | null;
  readonly annotations: string | null;
  readonly first_seen: number;
  readonly last_seen: number;
}

/** A row of tools as an array, in the order of {@link ToolRow}. */
export type ToolCells = readonly [
  source: string,
  server: string,
  name: string,
  description: string,
  parameters: string | null,
  output: string | null,
  annotations: string | null,
  firstSeen: number,
  lastSeen: number,
];

export type TallyKey = [server: string, tool: string, version: string, environment: string];

export type TelemetryStatements = ReturnType<typeof prepareTelemetry>;

/** Every fixed statement of the telemetry file, prepared once for the life of the connection. */
export function prepareTelemetry(db: Connection) {
  return {
    // By position: names would cost a third of the whole write.
    addExecution: db.prepare<ExecutionCells>(
      `INSERT INTO executions
         (id, run, step, kind, server, tool, version, params, success, error_kind, error_message, duration_ms, cache,
          retry_count, fallback_used, at, environment, cost, waited_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    trimExecutions: db.prepare<[number]>(trim('executions')),
    addLog: db.prepare<[LogRow]>(
      `INSERT INTO logs (at, run, step, level, text, environment)
       VALUES (@at, @run, @step, @level, @text, @environment)`,
    ),
    forgetLogs: db.prepare<[string, number]>(
      'DELETE FROM logs WHERE n IN (SELECT n FROM logs WHERE run IN (SELECT value FROM json_each(?)) LIMIT ?)',
    ),
    forgetExecutions: db.prepare<[string, number]>(
      'DELETE FROM executions WHERE n IN (SELECT n FROM executions WHERE run IN (SELECT value FROM json_each(?)) LIMIT ?)',
    ),
    trimLogs: db.prepare<[number]>(trim('logs')),
    logs: db.prepare<[string], LogRow>(
      'SELECT at, run, step, level, text, environment FROM logs WHERE run = ? ORDER BY n',
    ),
    tally: db
      .prepare<TallyKey, string>(
        'SELECT tally FROM tallies WHERE server = ? AND tool = ? AND version = ? AND environment = ?',
      )
      .pluck(),
    tallies: db.prepare<[], TallyRow>('SELECT server, tool, version, environment, tally FROM tallies'),
    saveTally: db.prepare<[...TallyKey, string]>(
      `INSERT INTO tallies (server, tool, version, environment, tally) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (server, tool, version, environment) DO UPDATE SET tally = excluded.tally`,
    ),
    ...prepareCatalogue(db),
  };
}

const toolsOfSources = `
  SELECT source, server, name, description, parameters, output, annotations, first_seen, last_seen
  FROM tools WHERE source IN (SELECT value FROM json_each(?))`;

function prepareCatalogue(db: Connection) {
  return {
    addTool: db.prepare<[ToolRow]>(
      `INSERT INTO tools (source, server, name, description, parameters, output, annotations, first_seen, last_seen)
       VALUES (@source, @server, @name, @description, @parameters, @output, @annotations, @first_seen, @last_seen)
       ON CONFLICT (source, server, name) DO UPDATE SET description = excluded.description, parameters = excluded.parameters,
         output = excluded.output, annotations = excluded.annotations, last_seen = excluded.last_seen`,
    ),
    toolNames: db.prepare<[string], [string, string]>('SELECT server, name FROM tools WHERE source = ?').raw(),
    forgetTool: db.prepare<[string, string, string]>('DELETE FROM tools WHERE source = ? AND server = ? AND name = ?'),
    // As arrays: thousands of rows as objects take twice as long. In the order of the key: SQLite need not sort them.
    tools: db.prepare<[string], ToolCells>(`${toolsOfSources} ORDER BY source, server, name`).raw(),
    tool: db.prepare<[string, string, string], ToolCells>(`${toolsOfSources} AND server = ? AND name = ?`).raw(),
    setCatalogueTime: db.prepare<[string, number]>(
      'INSERT INTO catalogue VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET stored_at = excluded.stored_at',
    ),
    catalogueTime: db
      .prepare<[string], number | null>(
        'SELECT max(stored_at) FROM catalogue WHERE source IN (SELECT value FROM json_each(?))',
      )
      .pluck(),
  };
}

/** In chunks, because a big DELETE would block the process. */
function trim(table: 'executions' | 'logs'): string {
  return `DELETE FROM ${table} WHERE n IN
    (SELECT n FROM ${table} WHERE n <= (SELECT max(n) FROM ${table}) - ? ORDER BY n LIMIT 500)`;
}
