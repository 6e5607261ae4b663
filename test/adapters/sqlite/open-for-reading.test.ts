import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal, openJournalForReading } from '../../../src/adapters/sqlite/journal.ts';
import type { SqliteJournal } from '../../../src/adapters/sqlite/journal.ts';
import { RunnerError } from '../../../src/model/errors.ts';
import { alice, fired, newRun, started } from '../../support/sample-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const options = (folder: string) => ({ folder, clock: { now: () => 5 }, isAlive: () => true });
const readOnly = new RunnerError('STORAGE_UNUSABLE', 'It is read-only.', {
  cause: Object.assign(new Error('read-only file system'), { code: 'EROFS' }),
});

async function journalWith(run: string, folder = temporaryFolder()): Promise<SqliteJournal> {
  const journal = await openJournal(options(folder));
  onTestFinished(() => journal.close());
  await journal.create(newRun(run, 1), alice, [started(1)]);
  return journal;
}

function read(folder: string, fault: unknown = readOnly): SqliteJournal {
  const journal = openJournalForReading(options(folder), fault);
  onTestFinished(() => journal.close());
  return journal;
}

describe('a journal that cannot be written', () => {
  it('is read', async () => {
    const folder = temporaryFolder();
    await (await journalWith('run-1', folder)).close();

    const journal = read(folder);

    expect(journal.list({ limit: 5 }).map(({ id }) => id)).toEqual(['run-1']);
    expect(journal.events('run-1')).toEqual([started(1)]);
  });

  it('is read while another process writes it', async () => {
    const folder = temporaryFolder();
    const writer = await journalWith('run-1', folder);

    await writer.append('run-1', 1, [fired('a')]);

    expect(read(folder).events('run-1')).toEqual([started(1), fired('a')]);
  });

  it('is never written', async () => {
    const folder = temporaryFolder();
    await (await journalWith('run-1', folder)).close();
    const journal = read(folder);

    await expect(journal.append('run-1', 1, [fired('a')])).rejects.toMatchObject({ code: 'STORAGE_UNUSABLE' });
    await expect(journal.create(newRun('run-2', 1), alice, [])).rejects.toMatchObject({ code: 'STORAGE_UNUSABLE' });
  });

  it.each([
    ['is missing', () => undefined],
    ['is no database', (file: string) => writeFileSync(file, 'no database, but long enough to be taken for one')],
  ])('gives the first fault where it %s', (_, prepare) => {
    const folder = temporaryFolder();
    prepare(join(folder, 'journal.db'));

    expect(() => read(folder)).toThrow(readOnly);
    expect(existsSync(join(folder, 'journal.db-wal'))).toBe(false);
  });

  it('is not read in another way than usual where the fault is of another kind', async () => {
    const folder = temporaryFolder();
    await (await journalWith('run-1', folder)).close();
    const locked = new RunnerError('STORAGE_UNUSABLE', 'It is locked.', {
      cause: Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' }),
    });

    expect(() => read(folder, locked)).toThrow(locked);
  });
});
