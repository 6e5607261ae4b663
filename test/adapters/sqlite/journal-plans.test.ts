import { describe, expect, it, onTestFinished } from 'vitest';
import { openGroups } from '../../../src/adapters/sqlite/journal-groups.ts';
import { openJournal } from '../../../src/adapters/sqlite/journal.ts';
import { openSignals } from '../../../src/adapters/sqlite/journal-signals.ts';
import { openState } from '../../../src/adapters/sqlite/journal-state.ts';
import { openTurns } from '../../../src/adapters/sqlite/journal-turns.ts';
import type { Connection } from '../../../src/adapters/sqlite/native.ts';
import { alice, newRun, numbers } from '../../support/sample-run.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const liveness = { isAlive: () => true, now: () => 0 };

describe('the statements that a worker looks for work with', () => {
  it.each([
    ['of turns', (db: Connection) => openTurns(db, liveness)],
    ['of groups', (db: Connection) => openGroups(db)],
    ['of signals', (db: Connection) => openSignals(db, () => 0)],
    ['of state', (db: Connection) => openState(db)],
  ])('%s read no table from end to end', async (_, prepare) => {
    const journal = await openJournal({ folder: temporaryFolder(), isAlive: () => true, clock: { now: () => 0 } });
    onTestFinished(() => journal.close());
    const { connection } = journal.store;
    const statements = recordStatements(connection, prepare);

    expect(statements.length).toBeGreaterThan(3);
    for (const sql of statements) expect(scansOf(connection, sql)).toEqual([]);
  });
});

describe('a journal with 10,000 queued and 10,000 sleeping runs', () => {
  it('gives a worker its turn in the time of a few look-ups', { timeout: 120_000 }, async () => {
    const clock = createManualClock();
    const journal = await openJournal({ folder: temporaryFolder(), isAlive: () => true, clock });
    onTestFinished(() => journal.close());
    const parking = { wakeAt: clock.now() + 1_000, events: ['paid'], seen: 0 };
    await Promise.all(
      numbers(10_000).flatMap((n) => [
        journal.create({ ...newRun(`queued-${n}`, n), status: 'queued' }, undefined, []),
        journal.create(newRun(`asleep-${n}`, n), alice, []),
        journal.append(`asleep-${n}`, 1, [], { status: 'waiting', release: true, parking }),
      ]),
    );
    const queued = await journal.claimNext(alice, { now: clock.now() });
    await clock.advance(1_000);
    const awake = await journal.claimNext(alice, { now: clock.now(), exclude: [] });

    expect([queued?.run, awake?.run]).toEqual(['queued-0', 'asleep-0']);
    await expect(journal.create({ ...newRun('one-too-many', 1), status: 'queued' }, undefined, [])).resolves.toEqual({
      kind: 'created',
    });
    await expect(journal.create({ ...newRun('two', 1), status: 'queued' }, undefined, [])).rejects.toMatchObject({
      code: 'QUEUE_FULL',
    });
  });
});

/** The text of every statement that is prepared. */
function recordStatements(connection: Connection, prepare: (db: Connection) => unknown): readonly string[] {
  const statements: string[] = [];
  const recorder = Object.create(connection) as Connection;
  recorder.prepare = (sql: string) => {
    statements.push(sql);
    return connection.prepare(sql);
  };
  prepare(recorder);
  return statements;
}

/** Steps of the plan that go over a whole table or index. */
function scansOf(connection: Connection, sql: string): readonly string[] {
  const plan = connection.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql.replaceAll(/[?@]\w*/g, 'NULL')}`);
  return plan
    .all()
    .map(({ detail }) => detail)
    .filter((detail) => detail.startsWith('SCAN') && !harmless.test(detail));
}

/** Partial indexes that hold next to nothing, rows made up in the statement, and the one row of the last number. */
const harmless = /^SCAN (?:runs USING INDEX runs_ready|json_each|sqlite_sequence|old|holder)\b/;
