import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../../src/adapters/memory/journal.ts';
import { sealedJournal } from '../../../src/adapters/sealing/sealed-journal.ts';
import { createSealer } from '../../../src/adapters/sealing/sealer.ts';
import type { SealingKeys } from '../../../src/adapters/sealing/sealer.ts';
import type { Journal } from '../../../src/engine/ports.ts';
import { RunnerError } from '../../../src/model/errors.ts';
import { describeJournal } from '../../contracts/journal.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { alice, ended, newRun, started } from '../../support/sample-run.ts';

const key = 'a text of more than thirty-two characters';
const other = Buffer.alloc(32, 7).toString('base64');

describeJournal('the sealed journal', async (parts) => sealedJournal(createMemoryJournal(parts), createSealer([key])));

describe('a sealed journal', () => {
  const output = { token: 'sesame-open' };

  it('stores no body in the clear, and gives it back', async () => {
    const store = memory();
    await write(sealed(store, [key]));

    expect(JSON.stringify([store.events('r-1'), store.find('r-1')])).not.toMatch(/sesame|town/);
    expect(store.events('r-1').map(({ type }) => type)).toEqual(['run.started', 'step.ended']);
    expect(sealed(store, [key]).events('r-1')[1]).toEqual({ ...ended('a'), output });
    expect(sealed(store, [key]).find('r-1').inputs).toEqual({ town: 'town' });
  });

  it('is read with any of its keys, and written with the first', async () => {
    const store = memory();
    await write(sealed(store, [other]));
    const rotated = sealed(store, [key, other]);
    await rotated.append('r-1', 1, [ended('b')]);

    expect(rotated.events('r-1')).toHaveLength(3);
    expect(() => sealed(store, [other]).events('r-1')).toThrow(/sealed with the journal key [\da-f]{8}, and those/);
  });

  it('reads what was written before there was a key', async () => {
    const store = memory();
    await write(sealed(store, []));

    expect(sealed(store, [key]).events('r-1')[1]).toEqual({ ...ended('a'), output });
  });

  it('says which key is missing, and still lists', async () => {
    const store = memory();
    await write(sealed(store, [key]));
    const blind = sealed(store, []);

    expect(() => blind.events('r-1')).toThrow(expect.objectContaining({ code: 'JOURNAL_KEY_MISSING' }) as Error);
    expect(blind.list({ limit: 1 })[0]?.inputs).toEqual({
      '[sealed]': expect.stringMatching(/^[\da-f]{8}$/) as string,
    });
  });

  it('writes nothing in the clear when the key that writes has no value', async () => {
    const missing = new RunnerError('JOURNAL_KEY_MISSING', 'The journal key is missing.');

    await expect(write(sealed(memory(), [missing, key]))).rejects.toBe(missing);
  });

  it('refuses an entry that was moved to another step', async () => {
    const store = memory();
    await write(sealed(store, [key]));
    const [, event] = store.events('r-1');
    await store.append('r-1', 1, event ? [{ ...event, key: 'b' } as typeof event] : []);

    expect(() => sealed(store, [key]).events('r-1')).toThrow(
      expect.objectContaining({ code: 'STORAGE_CORRUPT' }) as Error,
    );
  });

  it('takes no key of fewer than 32 bytes', () => {
    expect(() => createSealer(['too short'])).toThrow('The journal key has 9 bytes, and needs at least 32.');
  });

  async function write(journal: Journal): Promise<void> {
    await journal.create({ ...newRun('r-1', 1), inputs: { town: 'town' } }, alice, [started(1)]);
    await journal.append('r-1', 1, [{ ...ended('a'), output }]);
  }
});

function memory(): Journal {
  return createMemoryJournal({ clock: createManualClock(), isAlive: () => true });
}

function sealed(journal: Journal, keys: SealingKeys): Journal {
  return sealedJournal(journal, createSealer(keys));
}
