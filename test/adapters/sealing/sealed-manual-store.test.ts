import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealedManualStore } from '../../../src/adapters/sealing/sealed-manual-store.ts';
import { createSealer } from '../../../src/adapters/sealing/sealer.ts';
import type { SealingKeys } from '../../../src/adapters/sealing/sealer.ts';
import { openJournal } from '../../../src/adapters/sqlite/journal.ts';
import type { SqliteJournal } from '../../../src/adapters/sqlite/journal.ts';
import { openManualWork } from '../../../src/adapters/sqlite/manual-work.ts';
import { RunnerError } from '../../../src/model/errors.ts';
import type { ManualStore, ManualWork } from '../../../src/model/manual-work.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const key = 'a text of more than thirty-two characters';
const work: ManualWork = {
  id: 'abc1',
  run: 'r-1',
  step: 'charge',
  target: 'stripe/create_charge',
  params: { card: 'canary-params' },
  error: { code: 'http.400', message: 'canary-error' },
  note: 'canary-note',
  recordedAt: 1_000,
};
const done = { at: 2_000, by: 'ann', note: 'canary-done' };

describe('a sealed store of manual work', () => {
  let journal: SqliteJournal;

  beforeEach(async () => {
    journal = await openJournal({ folder: temporaryFolder(), clock: createManualClock(), isAlive: () => true });
  });

  afterEach(() => journal.close());

  it('stores in the clear only what was called, where and when, and gives everything back', async () => {
    const store = await recorded([key]);

    expect(rows()).not.toContain('canary');
    expect(rows()).toContain('stripe/create_charge');
    expect(store.find('abc')).toEqual([{ ...work, done }]);
    expect(store.list({ all: true })).toEqual([{ ...work, done }]);
  });

  it('reads what was written before there was a key', async () => {
    await recorded([]);

    expect(store([key]).find('abc1')).toEqual([{ ...work, done }]);
  });

  it('lists without the key, and says which one is missing where more is asked for', async () => {
    await recorded([key]);
    const blind = store([]);

    expect(blind.list({ all: true })).toEqual([
      {
        id: 'abc1',
        run: 'r-1',
        step: 'charge',
        target: 'stripe/create_charge',
        params: { '[sealed]': expect.stringMatching(/^[\da-f]{8}$/) as string },
        error: { '[sealed]': expect.stringMatching(/^[\da-f]{8}$/) as string },
        recordedAt: 1_000,
        done: { at: 2_000, by: 'ann' },
      },
    ]);
    expect(() => blind.find('abc1')).toThrow(expect.objectContaining({ code: 'JOURNAL_KEY_MISSING' }) as Error);
  });

  it('writes nothing in the clear when the key that writes has no value', async () => {
    const missing = new RunnerError('JOURNAL_KEY_MISSING', 'The journal key is missing.');

    await expect(store([missing, key]).record(work)).rejects.toBe(missing);
    expect(rows()).toBe('[]');
  });

  it('refuses what was moved to another task', async () => {
    const sealed = await recorded([key]);
    journal.store.connection.exec(`UPDATE manual_work SET body = replace(body, 'abc1', 'abc2')`);

    expect(() => sealed.find('abc1')).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }) as Error);
  });

  async function recorded(keys: SealingKeys): Promise<ManualStore> {
    const given = store(keys);
    await given.record(work);
    expect(await given.close(work.id, done)).toBe(true);
    return given;
  }

  function store(keys: SealingKeys): ManualStore {
    return sealedManualStore(openManualWork(journal), createSealer(keys));
  }

  function rows(): string {
    return JSON.stringify(journal.store.connection.prepare('SELECT * FROM manual_work').all());
  }
});
