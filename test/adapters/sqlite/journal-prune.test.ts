import { describe, expect, it, onTestFinished } from 'vitest';
import { openPruner, type Pruner } from '../../../src/adapters/sqlite/journal-prune.ts';
import { openJournal, type SqliteJournal } from '../../../src/adapters/sqlite/journal.ts';
import type { NewRun } from '../../../src/model/run-records.ts';
import type { RetentionPolicy } from '../../../src/model/retention.ts';
import { alice, fired, newRun, numbers, workflow } from '../../support/sample-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const day = 86_400_000;
const now = 100 * day;

describe('what a retention policy lets go', () => {
  it('is what ended so long ago', async () => {
    const { journal, candidates } = await setUp();
    await end(journal, 'old', now - 31 * day);
    await end(journal, 'young', now - 29 * day);

    expect(candidates({ keepForMs: 30 * day })).toEqual(['old']);
  });

  it('is what is not among the newest of its workflow', async () => {
    const { journal, candidates } = await setUp();
    const other = { workflow: { ...workflow, name: 'other', hash: 'hash-2' } };
    for (const n of numbers(3)) await end(journal, `demo-${n}`, n);
    await end(journal, 'other', 1, { ...other, status: 'failed' });

    expect(candidates({ keepLast: 1 })).toEqual(['demo-0', 'demo-1']);
  });

  it('is what all parts of it let go', async () => {
    const { journal, candidates } = await setUp();
    for (const n of numbers(3)) await end(journal, `old-${n}`, n);
    await end(journal, 'failed', 1, { status: 'failed' });

    expect(candidates({ keepForMs: day, keepLast: 2, statuses: ['succeeded'] })).toEqual(['old-0']);
  });

  it('is never an open run, nor one above an open run', async () => {
    const { journal, candidates } = await setUp();
    for (const status of ['paused', 'needs_attention', 'waiting', 'interrupted'] as const) {
      await journal.create(newRun(status, 1), alice, []);
      await journal.append(status, 1, [], { status, release: true });
    }
    await journal.create({ ...newRun('queued', 1), status: 'queued' }, undefined, []);
    await end(journal, 'above', 1);
    await journal.create({ ...newRun('below', 1), parent: 'above' }, alice, []);

    expect(candidates({ keepForMs: 0 })).toEqual([]);
  });

  it('names the outermost run, with how many are below it', async () => {
    const { journal, pruner } = await setUp();
    await end(journal, 'above', 1);
    await end(journal, 'below', 1, { parent: 'above' });

    expect(pruner.candidates({ keepForMs: day }, now)).toEqual([
      { id: 'above', workflow: 'demo', status: 'succeeded', endedAt: 1, children: 1 },
    ]);
  });
});

describe('removing a run', () => {
  it('leaves nothing of it and of those below it, and nothing else is touched', async () => {
    const { journal, pruner } = await setUp();
    await end(journal, 'above', 1);
    await journal.create({ ...newRun('below', 1), parent: 'above' }, alice, [fired('x')]);
    await journal.sendSignal({ name: 'paid', payload: 1, by: 'ann', run: 'below' });
    await journal.append('below', 1, [], { status: 'succeeded' });
    await end(journal, 'kept', 1);

    expect(await pruner.remove('above')).toEqual(['below', 'above']);

    expect(journal.list({ limit: 10 }).map(({ id }) => id)).toEqual(['kept']);
    expect(journal.events('kept')).toHaveLength(1);
    const { connection } = journal.store;
    for (const table of ['signals', 'waits', 'requests']) {
      expect(connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
    }
    expect(connection.pragma('foreign_key_check')).toEqual([]);
  });

  it('keeps definitions that another run uses, and only those', async () => {
    const { journal, pruner } = await setUp();
    await end(journal, 'gone', 1, { workflow: { ...workflow, hash: 'hash-2' } });
    await end(journal, 'kept', 1);
    await pruner.remove('gone');

    expect(await pruner.removeDefinitions()).toBe(1);

    expect(journal.definition('hash-1').workflow).toEqual(workflow);
    expect(() => journal.definition('hash-2')).toThrow(expect.objectContaining({ code: 'DEFINITION_UNREADABLE' }));
  });

  it('lets others write between, and gives the space of a long run back', async () => {
    const { journal, pruner } = await setUp();
    await journal.create(newRun('long', 1), alice, []);
    await Promise.all(numbers(3_000).map((n) => journal.append('long', 1, [fired(`${n}`.padEnd(500, 'x'))])));
    await journal.append('long', 1, [], { status: 'failed' });
    await journal.create(newRun('busy', 1), alice, []);
    let written = 0;

    const removal = { isOver: false };
    void pruner.remove('long').then(() => (removal.isOver = true));
    while (!removal.isOver) {
      await journal.append('busy', 1, [fired('x')]);
      written += 1;
    }

    expect(written).toBeGreaterThan(3);
    expect(await pruner.shrink()).toBeGreaterThan(1_000_000);
    expect(journal.store.connection.pragma('freelist_count', { simple: true })).toBe(0);
  });

  it('that was cut off leaves the beginning of a history, and goes on the next time', async () => {
    const { journal, pruner } = await setUp();
    await end(journal, 'cut', 1);
    const { connection } = journal.store;
    connection.exec(`CREATE TRIGGER cut BEFORE DELETE ON runs BEGIN SELECT raise(ABORT, 'cut off'); END`);
    await expect(pruner.remove('cut')).rejects.toMatchObject({ code: 'STORAGE_UNUSABLE' });
    connection.exec('DROP TRIGGER cut');

    expect(journal.find('cut').status).toBe('succeeded');
    expect(await pruner.remove('cut')).toEqual(['cut']);
  });
});

async function setUp() {
  const folder = temporaryFolder();
  const journal = await openJournal({ folder, isAlive: () => true, clock: { now: () => now } });
  onTestFinished(() => journal.close());
  const pruner: Pruner = openPruner(journal);
  const candidates = (policy: RetentionPolicy) => pruner.candidates(policy, now).map(({ id }) => id);
  return { journal, pruner, candidates };
}

/** A run that has ended. */
async function end(journal: SqliteJournal, id: string, at: number, change: Partial<NewRun> = {}): Promise<void> {
  await journal.create({ ...newRun(id, at), status: 'succeeded', ...change }, alice, [fired('x', at)]);
}
