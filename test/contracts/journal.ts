import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../src/engine/ports.ts';
import type { NewRun, Owner } from '../../src/model/run-records.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { alice, bob, ended, fired, keyOf, newRun, numbers, started, workflow } from '../support/sample-run.ts';
import { describeAbandoned } from './journal-abandoned.ts';
import { describeClaims } from './journal-claims.ts';
import { describeTurns } from './journal-turns.ts';
import { describeValues } from './journal-values.ts';
import { describeLedger } from './ledger.ts';

/** What a journal is made with in these tests. */
export interface JournalParts {
  readonly isAlive: (owner: Owner) => boolean;
  readonly clock: ManualClock;
}

/** The promises of the port `Journal`, kept by every implementation. */
export function describeJournal(name: string, makeJournal: (parts: JournalParts) => Promise<Journal>): void {
  // oxlint-disable-next-line vitest/valid-title -- the title names the implementation under test
  describe(name, () => {
    const dead = new Set<string>();
    let clock: ManualClock;
    let journal: Journal;

    beforeEach(async () => {
      dead.clear();
      clock = createManualClock();
      journal = await makeJournal({ isAlive: ({ instance }) => !dead.has(instance), clock });
    });
    afterEach(() => journal.close());

    const create = (id: string, change: Partial<NewRun> = {}, owner = alice) =>
      journal.create({ ...newRun(id, clock.now()), ...change }, owner, [started(clock.now())]);
    const die = ({ instance }: Owner): void => void dead.add(instance);

    describe('a new run', () => {
      it('is found with all that it was created with', async () => {
        await create('run-1', { commit: 'c0ffee', inputs: { a: [1, null, 'ü'] } });

        expect(journal.find('run-1')).toEqual({
          id: 'run-1',
          workflow: 'demo',
          definition: 'hash-1',
          status: 'running',
          inputs: { a: [1, null, 'ü'] },
          commit: 'c0ffee',
          startedAt: clock.now(),
          epoch: 1,
          crashes: 0,
          owner: alice,
          root: 'run-1',
          priority: 0,
        });
      });

      it('has the events that it was created with', async () => {
        await create('run-1');

        expect(journal.events('run-1')).toEqual([started(clock.now())]);
      });

      it('keeps its definition and the text of its file', async () => {
        await create('run-1');

        expect(journal.definition('hash-1')).toEqual({ workflow, source: 'name: demo' });
      });

      it('is refused when its id is taken, and the older one stays as it was', async () => {
        await create('run-1');

        await expect(create('run-1', { inputs: { other: true } })).rejects.toMatchObject({ code: 'INTERNAL' });
        expect(journal.find('run-1').inputs).toEqual({});
      });
    });

    describe('append', () => {
      it('keeps events in the order given, over many appends made at once', async () => {
        await create('run-1');

        await Promise.all(numbers(100).map((n) => journal.append('run-1', 1, [fired(`a${n}`), fired(`b${n}`)])));

        const expected = numbers(100).flatMap((n) => [`a${n}`, `b${n}`]);
        expect(journal.events('run-1').slice(1).map(keyOf)).toEqual(expected);
      });

      it('keeps the events of runs apart', async () => {
        await create('run-1');
        await create('run-2');

        await Promise.all([journal.append('run-1', 1, [fired('x')]), journal.append('run-2', 1, [fired('y')])]);

        expect(journal.events('run-1').slice(1)).toEqual([fired('x')]);
        expect(journal.events('run-2').slice(1)).toEqual([fired('y')]);
      });

      it('keeps what the events were at the time of the call', async () => {
        await create('run-1');
        const output = { n: 1 };

        const appended = journal.append('run-1', 1, [{ ...ended('s'), output }]);
        output.n = 2;
        await appended;

        expect(journal.events('run-1').at(-1)).toMatchObject({ output: { n: 1 } });
      });

      it('changes the status with the events', async () => {
        await create('run-1');

        await journal.append('run-1', 1, [fired('x')], { status: 'waiting' });

        expect(journal.find('run-1').status).toBe('waiting');
      });

      it('refuses an owner whose epoch is over, and only that one', async () => {
        await create('run-1');
        await create('run-2');
        die(alice);
        await journal.claim('run-1', bob);

        const [stale, fresh] = await Promise.allSettled([
          journal.append('run-1', 1, [fired('stale')]),
          journal.append('run-1', 2, [fired('fresh')]),
        ]);

        expect(stale).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } });
        expect(fresh).toMatchObject({ status: 'fulfilled' });
        expect(journal.events('run-1').slice(1)).toEqual([fired('fresh')]);
      });

      it('refuses an owner that has given the run back', async () => {
        await create('run-1');
        await journal.append('run-1', 1, [], { status: 'waiting', release: true });

        await expect(journal.append('run-1', 1, [fired('x')])).rejects.toMatchObject({ code: 'LEASE_LOST' });
      });

      it('refuses a run that does not exist', async () => {
        await expect(journal.append('nobody', 1, [fired('x')])).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      });

      it('never leaves a final status', async () => {
        await create('run-1');
        await journal.append('run-1', 1, [fired('x')], { status: 'succeeded' });

        await expect(journal.append('run-1', 1, [], { status: 'failed' })).rejects.toMatchObject({ code: 'RUN_FINAL' });
        expect(journal.find('run-1')).toMatchObject({ status: 'succeeded' });
      });

      it('notes when the run ended, and that nobody owns it now', async () => {
        await create('run-1');

        await journal.append('run-1', 1, [fired('x', 4711)], { status: 'failed' });

        const record = journal.find('run-1');
        expect(record.endedAt).toBe(4711);
        expect(record.owner).toBeUndefined();
      });
    });

    describe('find', () => {
      it('takes an unambiguous part of an id', async () => {
        await create('20260101-000000-abcdefgh');
        await create('20260101-000000-zzzzzzzz');

        expect(journal.find('cdef').id).toBe('20260101-000000-abcdefgh');
      });

      it('prefers the whole id over a part of another', async () => {
        await create('run-1');
        await create('run-10');

        expect(journal.find('run-1').id).toBe('run-1');
      });

      it('takes a part of the id of a run for that run, though its children have it too', async () => {
        await create('run-10');
        await create('run-10-ab12', { parent: 'run-10' });

        expect(journal.find('un-10').id).toBe('run-10');
        expect(journal.find('ab12').id).toBe('run-10-ab12');
      });

      it('names the candidates of an ambiguous part', async () => {
        await create('run-10');
        await create('run-11');

        expect(() => journal.find('run-1')).toThrow(
          expect.objectContaining({ code: 'RUN_AMBIGUOUS', message: expect.stringContaining('run-11, run-10') }),
        );
      });

      it.each(['nope', '', '%', '_'])('does not know "%s"', async (id) => {
        await create('run-1');

        expect(() => journal.find(id)).toThrow(expect.objectContaining({ code: 'RUN_NOT_FOUND' }));
      });
    });

    describe('list', () => {
      it('gives the newest first, as many as asked for', async () => {
        for (const id of ['first', 'second', 'third']) {
          await create(id);
          await clock.advance(1_000);
        }

        expect(journal.list({ limit: 2 }).map(({ id }) => id)).toEqual(['third', 'second']);
      });

      it('filters by workflow, time and status', async () => {
        await create('old');
        await clock.advance(1_000);
        const since = clock.now();
        await clock.advance(1_000);
        await create('other', { workflow: { ...workflow, name: 'other', hash: 'hash-2' } });
        await create('waiting', { status: 'waiting' });
        await create('wanted');

        const found = journal.list({ workflow: 'demo', startedAfter: since, statuses: ['running'], limit: 10 });

        expect(found.map(({ id }) => id)).toEqual(['wanted']);
      });

      it('shows a run whose owner is dead as interrupted, and finds it as such only', async () => {
        await create('lost');
        await create('alive', {}, bob);
        die(alice);

        expect(journal.list({ statuses: ['interrupted'], limit: 10 }).map(({ id }) => id)).toEqual(['lost']);
        expect(journal.list({ statuses: ['running'], limit: 10 }).map(({ id }) => id)).toEqual(['alive']);
      });

      it('knows when the owner of an interrupted run was last heard of', async () => {
        await create('lost');
        await clock.advance(5_000);
        await journal.heartbeat(alice);
        const heardAt = clock.now();
        await clock.advance(60_000);

        expect(journal.find('lost')).toMatchObject({ status: 'interrupted', leftAt: heardAt });
        expect(journal.list({ limit: 1 })).toMatchObject([{ leftAt: heardAt }]);
      });

      it('knows the last event of a run that was given back interrupted', async () => {
        await create('left');
        await journal.append('left', 1, [fired('a', clock.now() + 7)], { status: 'interrupted', release: true });
        const leftAt = clock.now() + 7;
        await clock.advance(60_000);

        expect(journal.find('left').leftAt).toBe(leftAt);
      });

      it('does not call a run interrupted that waits for a person or has ended', async () => {
        await create('asks', { status: 'needs_attention' });
        await create('done', { status: 'succeeded' });
        die(alice);

        expect(journal.find('asks').status).toBe('needs_attention');
        expect(journal.find('done').status).toBe('succeeded');
      });
    });

    const underTest = { journal: () => journal, clock: () => clock, create, die };
    describeClaims(underTest);
    describeTurns(underTest);
    describeAbandoned(underTest);
    describeValues(underTest);

    it('has no events of an unknown run', () => {
      expect(journal.events('nobody')).toEqual([]);
      expect([...journal.read('nobody')]).toEqual([]);
    });

    it('refuses a definition that it does not have', () => {
      expect(() => journal.definition('none')).toThrow(expect.objectContaining({ code: 'DEFINITION_UNREADABLE' }));
    });

    it('refuses a definition that a newer runner compiled', async () => {
      await create('run-1', { workflow: { ...workflow, irVersion: 99 as 1 } });

      expect(() => journal.definition('hash-1')).toThrow(expect.objectContaining({ code: 'DEFINITION_UNREADABLE' }));
    });

    it('holds a run of 10,000 events', async () => {
      await create('run-1');
      for (const block of numbers(100)) {
        await journal.append(
          'run-1',
          1,
          numbers(100).map((n) => ended(`s${block * 100 + n}`)),
        );
      }

      const events = journal.events('run-1');

      expect(events).toHaveLength(10_001);
      expect(events.slice(1).map(keyOf)).toEqual(numbers(10_000).map((n) => `s${n}`));
      expect([...journal.read('run-1')]).toEqual(events);
    });

    describeLedger(makeJournal);
  });
}
