import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal, type SqliteJournal } from '../../../src/adapters/sqlite/journal.ts';
import type { RunnerError } from '../../../src/model/errors.ts';
import { alice, fired, newRun, numbers, started } from '../../support/sample-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the journal in a file', () => {
  it('waits for the disk at every commit, also when it is opened again', async () => {
    const folder = temporaryFolder();
    for (const _ of numbers(2)) {
      const journal = await open(folder);

      expect(journal.store.connection.pragma('synchronous', { simple: true })).toBe(2);
      await journal.close();
    }
  });

  it('is read by another process as soon as an append is acknowledged', async () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [await open(folder), await open(folder)];
    await create(mine, 'run-1');

    await mine.append('run-1', 1, [fired('x')]);

    expect(theirs.events('run-1').at(-1)).toEqual(fired('x'));
  });

  it('loses no append of several processes that write at once', async () => {
    const folder = temporaryFolder();
    const journals = await Promise.all(numbers(4).map(() => open(folder)));
    await Promise.all(journals.map((journal, n) => create(journal, `run-${n}`)));

    await Promise.all(
      journals.map(async (journal, n) => {
        for (const key of numbers(100)) await journal.append(`run-${n}`, 1, [fired(`${key}`)]);
      }),
    );

    for (const n of numbers(4)) expect(journals[0]?.events(`run-${n}`)).toHaveLength(101);
  });

  it('commits everything of one turn together: with the first acknowledgement all of it is there', async () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [await open(folder), await open(folder)];
    await create(mine, 'run-1');

    const appends = numbers(50).map((n) => mine.append('run-1', 1, [fired(`${n}`)]));
    await Promise.race(appends);

    expect(theirs.events('run-1')).toHaveLength(51);
  });

  it('waits for another program that holds the file, without blocking this process', async () => {
    const folder = temporaryFolder();
    const journal = await open(folder);
    await create(journal, 'run-1');
    const other = new Database(join(folder, 'journal.db'));
    other.exec('BEGIN IMMEDIATE');
    let acknowledged = false;

    const appended = journal.append('run-1', 1, [fired('x')]).then(() => (acknowledged = true));
    for (const _ of numbers(5)) await new Promise((resolve) => setImmediate(resolve));
    const acknowledgedWhileHeld = acknowledged;
    other.exec('ROLLBACK');
    other.close();
    await appended;

    expect(acknowledgedWhileHeld).toBe(false);
    expect(journal.events('run-1').at(-1)).toEqual(fired('x'));
  });

  it('keeps the order of what is appended while it waits', async () => {
    const folder = temporaryFolder();
    const journal = await open(folder);
    await create(journal, 'run-1');
    const other = new Database(join(folder, 'journal.db'));
    other.exec('BEGIN IMMEDIATE');

    const appends = [journal.append('run-1', 1, [fired('0')])];
    for (const n of numbers(10)) {
      await new Promise((resolve) => setImmediate(resolve));
      appends.push(journal.append('run-1', 1, [fired(`${n + 1}`)]));
    }
    other.exec('ROLLBACK');
    other.close();
    await Promise.all(appends);

    expect(journal.events('run-1').slice(1)).toEqual(numbers(11).map((n) => fired(`${n}`)));
  });

  it('holds an append back while the disk is full, says so once, and stores it when there is space', async () => {
    const folder = temporaryFolder();
    const told: RunnerError[] = [];
    const clock = { now: () => 0 };
    const journal = await openJournal({ folder, isAlive: () => true, clock, onFull: (fault) => told.push(fault) });
    onTestFinished(() => journal.close());
    await create(journal, 'run-1');
    const pages = Number(journal.store.connection.pragma('page_count', { simple: true }));
    journal.store.connection.pragma(`max_page_count = ${pages}`);

    const appended = journal.append('run-1', 1, [fired('x'.repeat(20_000))]);
    await expect.poll(() => told.map(({ code }) => code)).toEqual(['STORAGE_FULL']);
    const storedWhileFull = journal.events('run-1').length;
    journal.store.connection.pragma(`max_page_count = ${pages + 100}`);
    await appended;

    expect(told).toHaveLength(1);
    expect(storedWhileFull).toBe(1);
    expect(journal.events('run-1')).toHaveLength(2);
  });

  it('fails the one append that cannot be stored, and no other of its turn', async () => {
    const journal = await open(temporaryFolder());
    await create(journal, 'run-1');
    journal.store.connection.exec(
      `CREATE TRIGGER no_waiting BEFORE UPDATE ON runs WHEN new.status = 'waiting' BEGIN SELECT raise(ABORT, 'no'); END`,
    );

    const outcomes = await Promise.allSettled([
      journal.append('run-1', 1, [fired('before')]),
      journal.append('run-1', 1, [fired('lost')], { status: 'waiting' }),
      journal.append('run-1', 1, [fired('after')]),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(journal.events('run-1').slice(1)).toEqual([fired('before'), fired('after')]);
  });

  it('refuses to append to a file that was moved away', async () => {
    const folder = temporaryFolder();
    const journal = await open(folder);
    await create(journal, 'run-1');
    renameSync(join(folder, 'journal.db'), join(folder, 'moved.db'));

    const appends = async () => {
      for (;;) await journal.append('run-1', 1, [fired('x')]);
    };

    await expect(appends()).rejects.toMatchObject({ code: 'STORAGE_UNUSABLE' });
  });

  it('writes what is queued before it closes, and closes once', async () => {
    const folder = temporaryFolder();
    const journal = await open(folder);
    await create(journal, 'run-1');

    void journal.append('run-1', 1, [fired('last')]);
    await journal.close();
    await journal.close();

    expect((await open(folder)).events('run-1').at(-1)).toEqual(fired('last'));
  });

  it('survives kill -9 of the process that wrote it', async () => {
    const folder = temporaryFolder();
    const writer = new URL('../../power/journal-writer.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', writer, folder, '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.length > 20_000) child.kill('SIGKILL');
    });
    await once(child, 'close');

    const journal = await open(folder);
    const acknowledged = printed.split('\n').slice(0, -1);
    const kept = new Set(
      numbers(5).flatMap((n) =>
        journal.events(`run-${n}`).map((event) => `run-${n} ${'key' in event ? event.key : ''}`),
      ),
    );

    expect(acknowledged.filter((line) => !kept.has(line))).toEqual([]);
  });

  it('shows people the events with their names', async () => {
    const journal = await open(temporaryFolder());
    await create(journal, 'run-1');
    await journal.append('run-1', 1, [fired('x', 7)]);

    const rows = journal.store.connection.prepare('SELECT run, type, key, at FROM run_events').all();

    expect(rows.at(-1)).toEqual({ run: 'run-1', type: 'timer.fired', key: 'x', at: 7 });
  });
});

async function open(folder: string): Promise<SqliteJournal> {
  const journal = await openJournal({ folder, isAlive: () => true, clock: { now: () => Date.now() } });
  onTestFinished(() => journal.close());
  return journal;
}

async function create(journal: SqliteJournal, id: string): Promise<void> {
  await journal.create(newRun(id, 1), alice, [started(1)]);
}
