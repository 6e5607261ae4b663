import type { Owner } from '../../model/run-records.ts';
import { ledgerTables } from './journal-ledger.ts';
import { waitingTables } from './journal-waiting-tables.ts';
import type { Connection } from './native.ts';

/** "RunJ" */
export const journalApplicationId = 0x52756e4a;

/**
 * `breakers` is not used any more: circuits are in `limits.db`. It stays, because a process of an older version that is
 * still at work on the journal would fail without it.
 */
const version1 = `
CREATE TABLE definitions (
  hash TEXT PRIMARY KEY,
  ir_version INTEGER NOT NULL,
  source TEXT NOT NULL,
  compiled TEXT NOT NULL
) STRICT;

CREATE TABLE owners (
  n INTEGER PRIMARY KEY,
  instance TEXT NOT NULL UNIQUE,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workflow TEXT NOT NULL,
  definition TEXT NOT NULL REFERENCES definitions (hash),
  status TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  epoch INTEGER NOT NULL,
  crashes INTEGER NOT NULL DEFAULT 0,
  owner INTEGER REFERENCES owners (n),
  claimed_after INTEGER NOT NULL DEFAULT 0,
  commit_id TEXT,
  inputs TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_start ON runs (started_at);
CREATE INDEX runs_by_owner ON runs (owner) WHERE owner IS NOT NULL;
CREATE INDEX runs_open ON runs (status)
  WHERE status NOT IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed');

-- What one decision recorded, as a JSON list: one row is stored much faster than several.
CREATE TABLE events (
  n INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (n),
  body TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_run ON events (run);

CREATE TABLE requests (
  n INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (n),
  body TEXT NOT NULL,
  taken_in_epoch INTEGER
) STRICT;
CREATE INDEX requests_by_run ON requests (run);

CREATE TABLE breakers (
  key TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  saved_at INTEGER NOT NULL
) STRICT;

-- For people and auditors: the events with names instead of numbers.
CREATE VIEW run_events AS
  SELECT events.n * 1000000 + event.key AS n, runs.id AS run, event.value ->> '$.type' AS type,
    event.value ->> '$.key' AS key, event.value ->> '$.at' AS at, event.value AS body
  FROM events JOIN runs ON runs.n = events.run, json_each(events.body) AS event;
`;

/** Which of the project's environments a run belongs to. */
const version2 = 'ALTER TABLE runs ADD COLUMN environment TEXT;';

const manualTables = `
-- Calls that failed for good and wait for a person. Never deleted by the runner.
CREATE TABLE manual_work (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  done TEXT
) STRICT;
CREATE INDEX manual_work_open ON manual_work (n) WHERE done IS NULL;
`;

export const journalMigrations: readonly string[] = [version1, version2, ledgerTables, manualTables, waitingTables];

/** The process that owns a run. */
export interface OwnerCells {
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  readonly process_start: string;
  readonly boot_id: string;
}

export const ownerColumns = 'instance, host, pid, process_start, boot_id';

export function ownerIn({ host, pid, process_start: processStart, boot_id: bootId, instance }: OwnerCells): Owner {
  return { host, pid, processStart, bootId, instance };
}

export interface RunRow extends Omit<OwnerCells, 'instance'> {
  readonly n: number;
  readonly id: string;
  readonly workflow: string;
  readonly definition: string;
  readonly status: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly epoch: number;
  readonly crashes: number;
  readonly owner: number | null;
  readonly claimed_after: number;
  readonly commit_id: string | null;
  readonly environment: string | null;
  readonly inputs: string;
  readonly instance: string | null;
  readonly lease_until: number;
  readonly root: number | null;
  readonly parent_id: string | null;
  readonly root_id: string | null;
  readonly priority: number;
  readonly run_key: string | null;
  readonly group_key: string | null;
  readonly group_limit: number | null;
  readonly wake_at: number | null;
}

interface NewRunCells {
  readonly id: string;
  readonly workflow: string;
  readonly definition: string;
  readonly status: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly owner: number | null;
  readonly commit: string | null;
  readonly environment: string | null;
  readonly inputs: string;
  readonly parent: number | null;
  readonly root: number | null;
  readonly priority: number;
  readonly runKey: string | null;
  readonly groupKey: string | null;
  readonly groupLimit: number | null;
  readonly ready: number;
}

/** What is selected of a run, for use after SELECT. */
export const runSelection = `runs.*, ${ownerColumns}, lease_until,
  (SELECT above.id FROM runs AS above WHERE above.n = runs.parent) AS parent_id,
  (SELECT above.id FROM runs AS above WHERE above.n = runs.root) AS root_id
  FROM runs LEFT JOIN owners ON owners.n = runs.owner`;

export type JournalStatements = ReturnType<typeof prepareJournal>;

/** Every statement of the journal, prepared once for the life of the connection. */
export function prepareJournal(db: Connection) {
  return {
    ...prepareRuns(db),
    ...prepareOwners(db),
    ...prepareEvents(db),
    ...prepareRequests(db),
    hasDefinition: db.prepare<[string], number>('SELECT 1 FROM definitions WHERE hash = ?').pluck(),
    addDefinition: db.prepare<[string, number, string, string]>('INSERT INTO definitions VALUES (?, ?, ?, ?)'),
    definition: db.prepare<[string], { ir_version: number; source: string; compiled: string }>(
      'SELECT ir_version, source, compiled FROM definitions WHERE hash = ?',
    ),
  };
}

function prepareRuns(db: Connection) {
  return {
    addRun: db.prepare<[NewRunCells]>(
      `INSERT INTO runs (id, workflow, definition, status, started_at, ended_at, epoch, owner, commit_id, environment,
         inputs, parent, root, priority, run_key, group_key, group_limit, ready)
       VALUES (@id, @workflow, @definition, @status, @startedAt, @endedAt, 1, @owner, @commit, @environment,
         @inputs, @parent, @root, @priority, @runKey, @groupKey, @groupLimit, @ready)`,
    ),
    runOfKey: db.prepare<[string, string], string>('SELECT id FROM runs WHERE workflow = ? AND run_key = ?').pluck(),
    ownedRun: db
      .prepare<[string, number], number>('SELECT n FROM runs WHERE id = ? AND epoch = ? AND owner IS NOT NULL')
      .pluck(),
    workflowOf: db.prepare<[string], string>('SELECT workflow FROM runs WHERE id = ?').pluck(),
    run: db.prepare<[string], RunRow>(`SELECT ${runSelection} WHERE runs.id = ?`),
    runsLike: db
      .prepare<{ part: string; limit: number }, string>(
        `SELECT id FROM runs WHERE instr(id, @part) > 0
           AND NOT EXISTS (SELECT 1 FROM runs AS above WHERE above.n = runs.parent AND instr(above.id, @part) > 0)
         ORDER BY n DESC LIMIT @limit`,
      )
      .pluck(),
    setStatus: db.prepare<{ status: string; n: number }>(
      'UPDATE runs SET status = @status WHERE n = @n AND status <> @status',
    ),
    release: db.prepare<[string | null, number]>(
      'UPDATE runs SET status = coalesce(?, status), owner = NULL, ready = 0 WHERE n = ?',
    ),
    endRun: db
      .prepare<[string, number | null, number], string | null>(
        `UPDATE runs SET status = ?, ended_at = ?, owner = NULL, ready = 0, wake_at = NULL WHERE n = ?
         RETURNING group_key`,
      )
      .pluck(),
    quarantine: db.prepare<[number, number]>(
      `UPDATE runs SET status = 'quarantined', crashes = ?, epoch = epoch + 1, owner = NULL, ready = 0 WHERE n = ?`,
    ),
    claim: db
      .prepare<[string, number, number, number], number>(
        `UPDATE runs SET status = ?, crashes = ?, owner = ?, epoch = epoch + 1, ready = 0, wake_at = NULL,
           claimed_after = (SELECT coalesce(max(n), 0) FROM events)
         WHERE n = ? RETURNING epoch`,
      )
      .pluck(),
  };
}

function prepareOwners(db: Connection) {
  return {
    ownerNumber: db.prepare<[string], number>('SELECT n FROM owners WHERE instance = ?').pluck(),
    addOwner: db
      .prepare<[string, string, number, string, string, number], number>(
        `INSERT INTO owners (instance, host, pid, process_start, boot_id, lease_until) VALUES (?, ?, ?, ?, ?, ?)
         RETURNING n`,
      )
      .pluck(),
    extendLease: db.prepare<[number, string]>('UPDATE owners SET lease_until = ? WHERE instance = ?'),
    // Its lease had run out, and no worker has taken them meanwhile.
    keepRuns: db.prepare<[string]>(
      'UPDATE runs SET ready = 0 WHERE owner = (SELECT n FROM owners WHERE instance = ?) AND ready = 1',
    ),
    forgetOwners: db.prepare<[number]>(
      `DELETE FROM owners WHERE lease_until < ?
         AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.owner = owners.n)`,
    ),
  };
}

function prepareEvents(db: Connection) {
  return {
    addEvents: db.prepare<[number, string]>('INSERT INTO events (run, body) VALUES (?, ?)'),
    events: db
      .prepare<[string], string>(
        'SELECT body FROM events WHERE run = (SELECT n FROM runs WHERE id = ?) ORDER BY events.n',
      )
      .pluck(),
    someEvents: db.prepare<[string, number, number], { n: number; body: string }>(
      `SELECT n, body FROM events WHERE run = (SELECT n FROM runs WHERE id = ?) AND events.n > ?
       ORDER BY events.n LIMIT ?`,
    ),
    lastEvents: db.prepare<[number], string>('SELECT body FROM events WHERE run = ? ORDER BY n DESC LIMIT 1').pluck(),
    hasProgressed: db
      .prepare<[number, number, string], number>(
        `SELECT EXISTS (SELECT 1 FROM events, json_each(events.body) AS event WHERE run = ? AND n > ?
           AND event.value ->> '$.type' IN (SELECT value FROM json_each(?)))`,
      )
      .pluck(),
  };
}

function prepareRequests(db: Connection) {
  return {
    addRequest: db.prepare<[number, number | null, string]>('INSERT INTO requests (run, root, body) VALUES (?, ?, ?)'),
    settleRequest: db.prepare<[number, number]>('DELETE FROM requests WHERE n = ? AND run = ?'),
    forgetWaits: db.prepare<[number]>('DELETE FROM waits WHERE run = ?'),
    forgetRequests: db.prepare<[number]>('DELETE FROM requests WHERE run = ?'),
    untakenRequests: db.prepare<[string], { n: number; run: string; body: string }>(
      `SELECT requests.n, runs.id AS run, body FROM requests
         JOIN runs ON runs.n = requests.run JOIN owners ON owners.n = runs.owner
       WHERE owners.instance = ? AND taken_in_epoch IS NOT runs.epoch ORDER BY requests.n`,
    ),
    takeRequest: db.prepare<[number]>(
      'UPDATE requests SET taken_in_epoch = (SELECT epoch FROM runs WHERE runs.n = requests.run) WHERE n = ?',
    ),
  };
}
