import type { Json } from '../../model/json.ts';
import { signalKeptMs, type NewSignal, type Signal } from '../../model/requests.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Connection } from './native.ts';

/** Signals in the journal's file. `send` is called inside a transaction. */
export interface SignalsFile {
  /** @param target the run that it is for, and the outermost one above */
  send(signal: NewSignal, payload: string, target: SignalTarget | undefined): number;
  of(name: string, run: SignalTarget, span: { readonly after: number; readonly limit: number }): readonly Signal[];
  last(): number;
}

/** Numbers of runs. */
export interface SignalTarget {
  readonly n: number;
  readonly root: number;
}

/** Expired signals that a new one takes away with it, of those that it looks at. */
const sweptAtOnce = 200;

export function openSignals(connection: Connection, now: () => EpochMs): SignalsFile {
  const sql = prepareSignals(connection);
  return {
    send({ name, by, keepMs = signalKeptMs }, payload, target) {
      const at = Math.trunc(now());
      sql.sweep.run(at, sweptAtOnce);
      const added = sql.add.run(
        name,
        payload,
        at,
        by,
        target?.n ?? null,
        target?.root ?? null,
        at + Math.trunc(keepMs),
      );
      const n = Number(added.lastInsertRowid);
      if (target === undefined) sql.wakeAll.run(name, n);
      else sql.wakeOne.run({ name, n, root: target.root });
      return n;
    },
    of(name, { n, root }, { after, limit }) {
      const held = sql.seen.get(name, root) ?? Number.MAX_SAFE_INTEGER;
      const span = { name, root, run: n, after, limit, now: Math.trunc(now()), held };
      const found = [...sql.forAll.all(span), ...sql.forOne.all(span)];
      return found
        .toSorted((a, b) => a.n - b.n)
        .slice(0, limit)
        .map(signalOf);
    },
    last: () => sql.last.get() ?? 0,
  };
}

interface SignalRow {
  readonly n: number;
  readonly name: string;
  readonly payload: string;
  readonly at: number;
  readonly sent_by: string;
  readonly run_id: string | null;
}

function signalOf({ n, name, payload, at, sent_by: by, run_id: run }: SignalRow): Signal {
  return { n, name, payload: JSON.parse(payload) as Json, at, by, ...(run !== null && { run }) };
}

interface Span {
  readonly name: string;
  readonly run: number;
  readonly root: number;
  readonly after: number;
  readonly limit: number;
  readonly now: number;
  /** What came after that is there also when it has expired: the run was parked and could not look. */
  readonly held: number;
}

type NewSignalCells = [
  name: string,
  payload: string,
  at: number,
  by: string,
  run: number | null,
  root: number | null,
  expiresAt: number,
];

const inSpan = 'name = @name AND n > @after AND (expires_at > @now OR n > @held)';

function prepareSignals(db: Connection) {
  return {
    add: db.prepare<NewSignalCells>(
      'INSERT INTO signals (name, payload, at, sent_by, run, root, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    last: db.prepare<[], number>(`SELECT seq FROM sqlite_sequence WHERE name = 'signals'`).pluck(),
    seen: db.prepare<[string, number], number>('SELECT seen FROM waits WHERE name = ? AND run = ?').pluck(),
    forAll: db.prepare<[Span], SignalRow>(
      `SELECT *, NULL AS run_id FROM signals WHERE root IS NULL AND ${inSpan} ORDER BY n LIMIT @limit`,
    ),
    forOne: db.prepare<[Span], SignalRow>(
      `SELECT *, (SELECT id FROM runs WHERE runs.n = signals.run) AS run_id FROM signals
       WHERE root = @root AND run IN (@run, @root) AND ${inSpan} ORDER BY n LIMIT @limit`,
    ),
    wakeAll: db.prepare<[string, number]>(
      `UPDATE runs SET ready = 1 WHERE n IN (SELECT run FROM waits WHERE name = ? AND seen < ?)
         AND status = 'waiting' AND owner IS NULL AND ready = 0`,
    ),
    wakeOne: db.prepare<[{ name: string; n: number; root: number }]>(
      `UPDATE runs SET ready = 1 WHERE n = @root AND status = 'waiting' AND owner IS NULL AND ready = 0
         AND EXISTS (SELECT 1 FROM waits WHERE name = @name AND run = @root AND seen < @n)`,
    ),
    // What a parked run has yet to see stays, however long there is no worker to show it.
    sweep: db.prepare<[number, number]>(
      `DELETE FROM signals WHERE n IN (
         SELECT old.n FROM (SELECT n, name, root FROM signals WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) AS old
         WHERE NOT EXISTS (SELECT 1 FROM waits
           WHERE waits.name = old.name AND waits.seen < old.n AND (old.root IS NULL OR old.root = waits.run)))`,
    ),
  };
}
