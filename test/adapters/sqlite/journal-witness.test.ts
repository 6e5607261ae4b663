import { cpSync, existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal, type SqliteJournal } from '../../../src/adapters/sqlite/journal.ts';
import { alice, fired, newRun, numbers, started } from '../../support/sample-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('a journal whose last entries are gone', () => {
  it('is refused, with the way to go on without them', async () => {
    const folder = await afterCrash();
    truncateSync(join(folder, 'journal.db-wal'), 0);

    const opened = open(folder);

    const file = join(folder, 'journal.db.witness');
    await expect(opened).rejects.toMatchObject({ code: 'STORAGE_CORRUPT', hint: expect.stringContaining(file) });
  });

  it('is refused when the whole file was emptied', async () => {
    const folder = await afterCrash();
    for (const suffix of ['', '-wal']) truncateSync(join(folder, `journal.db${suffix}`), 0);

    await expect(open(folder)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
  });

  it('is opened once its witness was removed', async () => {
    const folder = await afterCrash();
    truncateSync(join(folder, 'journal.db-wal'), 0);
    rmSync(join(folder, 'journal.db.witness'));

    expect((await open(folder)).list({ limit: 1 })).toEqual([]);
  });
});

describe('a journal that has lost nothing', () => {
  it('is opened after a crash', async () => {
    const journal = await open(await afterCrash());

    expect(journal.events('run-1')).toHaveLength(11);
  });

  it('may begin anew where the former one was moved away', async () => {
    const folder = await afterCrash();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `journal.db${suffix}`), { force: true });

    expect((await open(folder)).list({ limit: 1 })).toEqual([]);
    expect(existsSync(join(folder, 'journal.db.witness'))).toBe(false);
  });

  it('is opened when a power cut has torn its witness', async () => {
    const folder = await afterCrash();
    writeFileSync(join(folder, 'journal.db.witness'), '99999');

    expect((await open(folder)).events('run-1')).toHaveLength(11);
  });
});

/** A copy of the folder as a killed process leaves it: what was committed stands in the write-ahead log alone. */
async function afterCrash(): Promise<string> {
  const [folder, copy] = [temporaryFolder(), temporaryFolder()];
  const journal = await open(folder);
  await journal.create(newRun('run-1', 1), alice, [started(1)]);
  for (const n of numbers(10)) await journal.append('run-1', 1, [fired(`${n}`)]);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

async function open(folder: string): Promise<SqliteJournal> {
  const journal = await openJournal({ folder, isAlive: () => true, clock: { now: () => 0 } });
  onTestFinished(() => journal.close());
  return journal;
}
