import type { Parking } from '../../model/requests.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Liveness } from './journal-records.ts';
import { ownerColumns, ownerIn, type OwnerCells } from './journal-schema.ts';
import type { Connection } from './native.ts';

/** Whose turn it is among the runs that nobody works on. All but `look` and `nextWake` are called in a transaction. */
export interface Turns {
  /** Whether there may be something for a worker, found without a lock. */
  look(now: EpochMs, exclude: string): boolean;
  /** Marks what time and dead processes have made ready, some at a time. */
  gather(now: EpochMs): void;
  /** The first of those that are ready. @param exclude ids as a JSON list */
  first(exclude: string): string | undefined;
  /** Says that a run is not ready after all. */
  passOver(run: string): void;
  /** Notes what a run waits for. */
  park(n: number, parking: Parking | undefined): void;
  /** Marks the outermost run above one as ready, where requests or signals for it have come. */
  review(n: number): void;
  nextWake(now: EpochMs): EpochMs | undefined;
}

/** Timers that one look marks. */
const gatheredAtOnce = 1_000;

export function openTurns(connection: Connection, liveness: Liveness): Turns {
  return new SqliteTurns(connection, liveness);
}

type Sql = ReturnType<typeof prepareTurns>;

class SqliteTurns implements Turns {
  readonly #sql: Sql;
  readonly #liveness: Liveness;

  constructor(connection: Connection, liveness: Liveness) {
    this.#sql = prepareTurns(connection);
    this.#liveness = liveness;
  }

  look(now: EpochMs, exclude: string): boolean {
    const sql = this.#sql;
    if (sql.first.get(exclude) !== undefined || sql.left.get() !== undefined) return true;
    return (sql.nextTimer.get() ?? Number.POSITIVE_INFINITY) <= now || this.#lostHolders().length > 0;
  }

  gather(now: EpochMs): void {
    const sql = this.#sql;
    sql.markDue.run(Math.trunc(now), gatheredAtOnce);
    sql.markLeft.run();
    for (const { n } of this.#lostHolders()) {
      sql.markLost.run(n);
      for (const idle of sql.idleOf.all(n)) {
        sql.free.run(idle);
        this.review(idle);
      }
    }
  }

  first(exclude: string): string | undefined {
    return this.#sql.first.get(exclude);
  }

  passOver(run: string): void {
    this.#sql.passOver.run(run);
  }

  park(n: number, parking: Parking | undefined): void {
    const sql = this.#sql;
    sql.forgetWaits.run(n);
    sql.setWakeAt.run(parking?.wakeAt === undefined ? null : Math.trunc(parking.wakeAt), n);
    for (const name of parking?.events ?? []) sql.addWait.run(name, n, parking?.seen ?? 0);
  }

  review(n: number): void {
    const root = this.#sql.rootOf.get(n);
    if (root !== undefined) this.#sql.review.run({ root });
  }

  nextWake(now: EpochMs): EpochMs | undefined {
    if (this.look(now, '[]')) return now;
    const timer = this.#sql.nextTimer.get() ?? undefined;
    const times = [...(timer === undefined ? [] : [timer]), ...this.#sql.holders.all().map((row) => row.lease_until)];
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Owners of runs that are dead, or whose lease has run out. */
  #lostHolders(): readonly HolderRow[] {
    const now = this.#liveness.now();
    return this.#sql.holders.all().filter((row) => row.lease_until <= now || !this.#liveness.isAlive(ownerIn(row)));
  }
}

interface HolderRow extends OwnerCells {
  readonly n: number;
  readonly lease_until: number;
}

function prepareTurns(db: Connection) {
  return { ...prepareMarks(db), ...prepareLooks(db), ...prepareParking(db) };
}

/** What can show that it is interrupted; the others of a dead process are free. */
const losable = `('running', 'undoing', 'interrupted', 'waiting')`;

function prepareMarks(db: Connection) {
  return {
    markDue: db.prepare<[number, number]>(
      `UPDATE runs SET ready = 1 WHERE n IN (
         SELECT n FROM runs WHERE wake_at IS NOT NULL AND ready = 0 AND parent IS NULL AND wake_at <= ?
         ORDER BY wake_at LIMIT ?)`,
    ),
    markLeft: db.prepare<[]>(
      `UPDATE runs SET ready = 1 WHERE owner IS NULL AND ready = 0 AND parent IS NULL
         AND status IN ('running', 'undoing', 'interrupted')`,
    ),
    markLost: db.prepare<[number]>(`UPDATE runs SET ready = 1 WHERE owner = ? AND ready = 0 AND status IN ${losable}`),
    idleOf: db
      .prepare<[number], number>(`SELECT n FROM runs WHERE owner = ? AND ready = 0 AND status NOT IN ${losable}`)
      .pluck(),
    free: db.prepare<[number]>('UPDATE runs SET owner = NULL WHERE n = ?'),
    passOver: db.prepare<[string]>('UPDATE runs SET ready = 0 WHERE id = ?'),
  };
}

function prepareLooks(db: Connection) {
  return {
    first: db
      .prepare<[string], string>(
        `SELECT id FROM runs WHERE ready = 1 AND parent IS NULL AND id NOT IN (SELECT value FROM json_each(?))
         ORDER BY priority DESC, n LIMIT 1`,
      )
      .pluck(),
    left: db
      .prepare<[], number>(
        `SELECT 1 FROM runs WHERE owner IS NULL AND ready = 0 AND parent IS NULL
           AND status IN ('running', 'undoing', 'interrupted') LIMIT 1`,
      )
      .pluck(),
    nextTimer: db
      .prepare<[], number | null>(
        'SELECT min(wake_at) FROM runs WHERE wake_at IS NOT NULL AND ready = 0 AND parent IS NULL',
      )
      .pluck(),
    // From one owner to the next, over all of whose runs it jumps.
    holders: db.prepare<[], HolderRow>(
      `WITH RECURSIVE holder (n) AS (
         SELECT min(owner) FROM runs WHERE owner IS NOT NULL AND ready = 0
         UNION ALL
         SELECT (SELECT min(owner) FROM runs WHERE owner IS NOT NULL AND ready = 0 AND owner > holder.n)
         FROM holder WHERE holder.n IS NOT NULL)
       SELECT owners.n, lease_until, ${ownerColumns} FROM holder JOIN owners ON owners.n = holder.n`,
    ),
  };
}

function prepareParking(db: Connection) {
  return {
    forgetWaits: db.prepare<[number]>('DELETE FROM waits WHERE run = ?'),
    addWait: db.prepare<[string, number, number]>('INSERT OR IGNORE INTO waits VALUES (?, ?, ?)'),
    setWakeAt: db.prepare<[number | null, number]>('UPDATE runs SET wake_at = ? WHERE n = ?'),
    rootOf: db.prepare<[number], number>('SELECT coalesce(root, n) FROM runs WHERE n = ?').pluck(),
    review: db.prepare<[{ root: number }]>(
      `UPDATE runs SET ready = 1 WHERE n = @root AND owner IS NULL AND ready = 0 AND CASE status
         WHEN 'waiting' THEN ${asked('TRUE')} OR ${signalled} OR ${childHasTurn}
         WHEN 'needs_attention' THEN ${asked('TRUE')}
         WHEN 'paused' THEN ${asked(isCancel)}
         WHEN 'queued' THEN ${asked(isCancel)}
         ELSE FALSE END`,
    ),
  };
}

const isCancel = `body ->> '$.kind' = 'cancel'`;

/** A request for the outermost run or one below it. */
function asked(condition: string): string {
  return `(EXISTS (SELECT 1 FROM requests WHERE run = @root AND ${condition})
    OR EXISTS (SELECT 1 FROM requests WHERE root = @root AND ${condition}))`;
}

const signalled = `EXISTS (SELECT 1 FROM waits WHERE run = @root AND (
  EXISTS (SELECT 1 FROM signals WHERE root IS NULL AND name = waits.name AND n > waits.seen)
  OR EXISTS (SELECT 1 FROM signals WHERE root = @root AND name = waits.name AND n > waits.seen)))`;

const childHasTurn = `EXISTS (SELECT 1 FROM runs AS child WHERE child.root = @root AND child.status = 'queued'
  AND child.ready = 1)`;
