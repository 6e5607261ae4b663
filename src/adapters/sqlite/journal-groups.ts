import { admit, maxQueued, queueFull, runConflict, type Admission, type GroupMember } from '../../model/queueing.ts';
import type { NewRun, RunGroup } from '../../model/run-records.ts';
import type { RunRow } from './journal-schema.ts';
import type { Connection } from './native.ts';

/** Runs that count together, and their lines. Every method is called inside a transaction. */
export interface Groups {
  /** @throws RunnerError RUN_CONFLICT, QUEUE_FULL */
  admit(run: NewRun): Admission;
  /** Gives the turn to the first of the line, where there is room. To be called when something in the group changed. */
  passTurn(key: string): void;
  hasRoom(row: RunRow): boolean;
  /** Whether somebody has asked a run to end. */
  isToEnd(run: string): boolean;
  conflict(row: RunRow): Error;
}

export function openGroups(connection: Connection): Groups {
  const sql = prepareGroups(connection);
  const underWay = (key: string): readonly GroupMember[] => sql.underWay.all(key).map(memberOf);
  const isRoom = (key: string, limit: number): boolean => sql.isFull.get(key, limit - 1) === undefined;
  return {
    admit(run) {
      // A long line is read only where it matters to who is new.
      const isLineRead = (run.group?.onConflict ?? 'queue') !== 'queue';
      const admission = admissionOf(run, isLineRead ? (key) => sql.open.all({ key }).map(memberOf) : underWay);
      const isQueued = run.status === 'queued' || !admission.hasRoom;
      if (isQueued && sql.queued.get(run.workflow.name, maxQueued - 1) === 1) throw queueFull(run.workflow.name);
      return admission;
    },
    passTurn(key) {
      sql.takeTurnBack.run(key);
      const first = sql.firstInLine.get(key);
      if (first === undefined || !isRoom(key, first.group_limit)) return;
      sql.giveTurn.run(first.n);
      // Its outermost run is who a worker takes.
      if (first.root !== null) sql.wake.run(first.root);
    },
    hasRoom: ({ group_key: key, group_limit: limit }) => key === null || limit === null || isRoom(key, limit),
    isToEnd: (run) => sql.isToEnd.get(run) === 1,
    conflict({ id, group_key: key, group_limit: limit }) {
      const group: RunGroup = { key: key ?? '', limit: limit ?? 1 };
      const inTheWay = underWay(group.key).map((member) => member.id);
      return runConflict(id, group, inTheWay);
    },
  };
}

function admissionOf({ id, group }: NewRun, open: (key: string) => readonly GroupMember[]): Admission {
  if (group === undefined) return { hasRoom: true, behind: [], toCancel: [] };
  return admit(id, group, open(group.key));
}

interface MemberRow {
  readonly id: string;
  readonly status: string;
  readonly cancelled: number;
}

function memberOf({ id, status, cancelled }: MemberRow): GroupMember {
  return { id, isQueued: status === 'queued', isCancelled: cancelled === 1 };
}

const isCancelled = `EXISTS (SELECT 1 FROM requests WHERE requests.run = runs.n AND body ->> '$.kind' = 'cancel')`;
const isUnderWay = `status NOT IN ('queued', 'succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed')`;

function prepareGroups(db: Connection) {
  return {
    underWay: db.prepare<[string], MemberRow>(
      `SELECT id, status, 0 AS cancelled FROM runs WHERE group_key = ? AND ${isUnderWay} ORDER BY n`,
    ),
    open: db.prepare<[{ key: string }], MemberRow>(
      `SELECT n, id, status, ${isCancelled} AS cancelled FROM runs WHERE group_key = @key AND ${isUnderWay}
       UNION ALL
       SELECT n, id, status, ${isCancelled} AS cancelled FROM runs WHERE group_key = @key AND status = 'queued'
       ORDER BY n`,
    ),
    isFull: db
      .prepare<[string, number], number>(`SELECT 1 FROM runs WHERE group_key = ? AND ${isUnderWay} LIMIT 1 OFFSET ?`)
      .pluck(),
    queued: db
      .prepare<[string, number], number>(`SELECT 1 FROM runs WHERE workflow = ? AND status = 'queued' LIMIT 1 OFFSET ?`)
      .pluck(),
    isToEnd: db.prepare<[string], number>(`SELECT ${isCancelled} FROM runs WHERE id = ?`).pluck(),
    takeTurnBack: db.prepare<[string]>(
      `UPDATE runs SET ready = 0 WHERE group_key = ? AND status = 'queued' AND ready = 1 AND NOT ${isCancelled}`,
    ),
    firstInLine: db.prepare<[string], { n: number; root: number | null; group_limit: number }>(
      `SELECT n, root, group_limit FROM runs WHERE group_key = ? AND status = 'queued' AND ready = 0
       ORDER BY priority DESC, n LIMIT 1`,
    ),
    giveTurn: db.prepare<[number]>('UPDATE runs SET ready = 1 WHERE n = ?'),
    wake: db.prepare<[number]>(
      `UPDATE runs SET ready = 1 WHERE n = ? AND owner IS NULL AND status = 'waiting' AND ready = 0`,
    ),
  };
}
