import type { Owner, RunFilter, RunRecord } from '../../model/run-records.ts';
import type { RunEvent } from '../../model/events.ts';
import type { JsonObject } from '../../model/json.ts';
import {
  leaseMs,
  runAmbiguous,
  runNotFound,
  shownCandidates,
  shownStatus,
  type Holding,
} from '../../model/ownership.ts';
import { runStatuses, type RunStatus } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import { ownerIn, runSelection, type JournalStatements, type RunRow } from './journal-schema.ts';
import type { Connection } from './native.ts';

/** What tells whether an owner still stands behind its runs. */
export interface Liveness {
  readonly isAlive: (owner: Owner) => boolean;
  readonly now: () => EpochMs;
}

/** @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS */
export function findRun(sql: JournalStatements, id: string, liveness: Liveness): RunRecord {
  const exact = sql.run.get(id);
  if (exact !== undefined) return toRecord(sql, exact, liveness);
  const candidates = id === '' ? [] : sql.runsLike.all({ part: id, limit: shownCandidates + 1 });
  if (candidates.length > 1) throw runAmbiguous(id, candidates);
  const row = candidates[0] === undefined ? undefined : sql.run.get(candidates[0]);
  if (row === undefined) throw runNotFound(id);
  return toRecord(sql, row, liveness);
}

/** A journal to be read. */
export interface JournalReader {
  readonly connection: Connection;
  readonly statements: JournalStatements;
}

export function listRuns(
  { connection, statements }: JournalReader,
  filter: RunFilter,
  liveness: Liveness,
): readonly RunRecord[] {
  const { sql, values } = selection(filter);
  const cached = rememberLiveness(liveness);
  const records: RunRecord[] = [];
  for (const row of connection.prepare<unknown[], RunRow>(sql).iterate(...values)) {
    const record = toRecord(statements, row, cached);
    if (filter.statuses !== undefined && !filter.statuses.includes(record.status)) continue;
    records.push(record);
    if (records.length >= filter.limit) break;
  }
  return records;
}

export function holdingOf(row: RunRow, { isAlive, now }: Liveness): Holding {
  const owner = ownerOf(row);
  if (owner === undefined) return 'free';
  return row.lease_until > now() && isAlive(owner) ? 'held' : 'abandoned';
}

function selection(filter: RunFilter): { readonly sql: string; readonly values: readonly unknown[] } {
  const conditions: [string, unknown][] = [];
  if (filter.workflow !== undefined) conditions.push(['workflow = ?', filter.workflow]);
  if (filter.environment !== undefined) conditions.push(['environment = ?', filter.environment]);
  if (filter.startedAfter !== undefined) conditions.push(['started_at > ?', filter.startedAfter]);
  const statuses = filter.statuses && storedAs(filter.statuses);
  // Written out, because the planner uses the index of open runs only for a condition that it can see.
  const where = [
    ...conditions.map(([condition]) => condition),
    ...(statuses ? [`status IN (${statuses.map((status) => `'${status}'`).join(', ')})`] : []),
  ];
  const clause = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  return {
    sql: `SELECT ${runSelection} ${clause} ORDER BY started_at DESC, runs.n DESC`,
    values: conditions.map(([, value]) => value),
  };
}

/** `interrupted` is never stored: it is what is shown for a run whose process is gone. */
function storedAs(statuses: readonly RunStatus[]): readonly RunStatus[] {
  const hidden: readonly RunStatus[] = statuses.includes('interrupted') ? ['running', 'waiting', 'undoing'] : [];
  return runStatuses.filter((status) => statuses.includes(status) || hidden.includes(status));
}

/** Many runs have the same owner, and asking the system about it is dear. */
function rememberLiveness({ isAlive, now }: Liveness): Liveness {
  const known = new Map<string, boolean>();
  const at = now();
  return {
    now: () => at,
    isAlive: (owner) => {
      const alive = known.get(owner.instance) ?? isAlive(owner);
      known.set(owner.instance, alive);
      return alive;
    },
  };
}

function toRecord(sql: JournalStatements, row: RunRow, liveness: Liveness): RunRecord {
  const owner = ownerOf(row);
  const status = shownStatus(row.status as RunStatus, holdingOf(row, liveness));
  return {
    id: row.id,
    workflow: row.workflow,
    definition: row.definition,
    status,
    inputs: JSON.parse(row.inputs) as JsonObject,
    startedAt: row.started_at,
    epoch: row.epoch,
    crashes: row.crashes,
    ...(row.commit_id !== null && { commit: row.commit_id }),
    ...(row.environment !== null && { environment: row.environment }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(status === 'interrupted' && { leftAt: leftAt(sql, row) }),
    ...(owner && { owner }),
    root: row.root_id ?? row.id,
    priority: row.priority,
    ...(row.parent_id !== null && { parent: row.parent_id }),
    ...(row.wake_at !== null && { wakeAt: row.wake_at }),
    ...(row.run_key !== null && { runKey: row.run_key }),
  };
}

/** Its last event, or the last sign of life of a process that vanished. */
function leftAt(sql: JournalStatements, row: RunRow): EpochMs {
  const events = JSON.parse(sql.lastEvents.get(row.n) ?? '[]') as readonly RunEvent[];
  const lastEvent = events.at(-1)?.at ?? row.started_at;
  return row.instance === null ? lastEvent : Math.max(lastEvent, row.lease_until - leaseMs);
}

function ownerOf(row: RunRow): Owner | undefined {
  return row.instance === null ? undefined : ownerIn({ ...row, instance: row.instance });
}
