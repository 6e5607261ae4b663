import { setTimeout as sleep } from 'node:timers/promises';
import type { PrunableRun, RetentionPolicy } from '../../model/retention.ts';
import type { RunStatus } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import type { SqliteJournal } from './journal.ts';
import type { Connection } from './native.ts';

/** Removes runs from the journal's file, some rows at a time, so that others can write between. */
export interface Pruner {
  /** Outermost runs that have ended with all below them and that the policy lets go, oldest first. */
  candidates(policy: RetentionPolicy, now: EpochMs): readonly PrunableRun[];
  /** Outermost runs that are open. */
  openRuns(): readonly string[];
  /** Removes a run and those below it. @returns their ids */
  remove(run: string): Promise<readonly string[]>;
  /** Removes definitions that no run uses. @returns how many */
  removeDefinitions(): Promise<number>;
  /** Gives free pages back to the disk. @returns bytes */
  shrink(): Promise<number>;
}

/** Rows that one transaction removes: more would keep others waiting. */
const chunkRows = 500;
const chunkPages = 500;

export function openPruner({ store }: SqliteJournal): Pruner {
  const { connection, queue } = store;
  const sql = preparePruning(connection);
  const removeOne = async (n: number): Promise<void> => {
    // The last entries go first: what is left after a kill is the beginning of a history, never one with a hole.
    for (;;) {
      const removed = await queue.commit(() => {
        const { changes } = sql.removeEvents.run(n, chunkRows);
        if (changes < chunkRows) removeRow(sql, n);
        return changes;
      });
      if (removed < chunkRows) return;
      await sleep(0);
    }
  };
  return {
    candidates: (policy, now) => sql.candidates.all(filterOf(policy, now)).map(prunableOf),
    openRuns: () => sql.open.all(),
    async remove(run) {
      const family = sql.family.all({ run });
      // Children first: without its outermost run a child would be nobody's.
      for (const { n } of family) await removeOne(n);
      return family.map(({ id }) => id);
    },
    removeDefinitions: () => queue.commit(() => sql.removeDefinitions.run().changes),
    async shrink() {
      const before = pagesOf(connection);
      for (let pages = before + 1; pagesOf(connection) < pages; await sleep(0)) {
        pages = pagesOf(connection);
        await queue.commit(() => connection.pragma(`incremental_vacuum(${chunkPages})`));
      }
      return (before - pagesOf(connection)) * Number(connection.pragma('page_size', { simple: true }));
    },
  };
}

type PruningSql = ReturnType<typeof preparePruning>;

function removeRow(sql: PruningSql, n: number): void {
  sql.removeRequests.run(n);
  sql.removeRun.run(n);
}

function pagesOf(connection: Connection): number {
  return Number(connection.pragma('page_count', { simple: true }));
}

interface Filter {
  readonly before: number;
  readonly keepLast: number;
  /** JSON list. */
  readonly statuses: string;
}

const finalStatuses = ['succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed'];

function filterOf({ keepForMs = 0, keepLast = 0, statuses = [] }: RetentionPolicy, now: EpochMs): Filter {
  const wanted = finalStatuses.filter((status) => statuses.length === 0 || statuses.includes(status as RunStatus));
  return { before: Math.trunc(now - keepForMs), keepLast, statuses: JSON.stringify(wanted) };
}

interface CandidateRow {
  readonly id: string;
  readonly workflow: string;
  readonly status: string;
  readonly ended: number;
  readonly children: number;
}

function prunableOf({ id, workflow, status, ended: endedAt, children }: CandidateRow): PrunableRun {
  return { id, workflow, status: status as RunStatus, endedAt, children };
}

function preparePruning(db: Connection) {
  return {
    candidates: db.prepare<[Filter], CandidateRow>(
      `SELECT id, workflow, status, ended, (SELECT count(*) FROM runs AS below WHERE below.root = ended_run.n) AS children
       FROM (SELECT n, id, workflow, status, coalesce(ended_at, started_at) AS ended,
           row_number() OVER (PARTITION BY workflow ORDER BY n DESC) AS place
         FROM runs WHERE parent IS NULL AND status IN (SELECT value FROM json_each(@statuses))) AS ended_run
       WHERE place > @keepLast AND ended <= @before
         AND NOT EXISTS (SELECT 1 FROM runs AS below WHERE below.root = ended_run.n
           AND below.status NOT IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed'))
       ORDER BY n`,
    ),
    open: db
      .prepare<[], string>(
        `SELECT id FROM runs WHERE parent IS NULL
           AND status NOT IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed')`,
      )
      .pluck(),
    family: db.prepare<[{ run: string }], { n: number; id: string }>(
      `SELECT n, id FROM runs WHERE root = (SELECT n FROM runs WHERE id = @run) OR id = @run
       ORDER BY root IS NULL, n DESC`,
    ),
    removeEvents: db.prepare<[number, number]>(
      'DELETE FROM events WHERE n IN (SELECT n FROM events WHERE run = ? ORDER BY n DESC LIMIT ?)',
    ),
    removeRequests: db.prepare<[number]>('DELETE FROM requests WHERE run = ?'),
    removeRun: db.prepare<[number]>('DELETE FROM runs WHERE n = ?'),
    removeDefinitions: db.prepare<[]>('DELETE FROM definitions WHERE hash NOT IN (SELECT definition FROM runs)'),
  };
}
