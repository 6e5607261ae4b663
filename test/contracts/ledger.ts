import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../src/engine/ports.ts';
import type { Counts } from '../../src/model/run-records.ts';
import type { RunEvent } from '../../src/model/events.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { alice, ended, newRun, started } from '../support/sample-run.ts';
import type { JournalParts } from './journal.ts';

const minute = 60_000;

function intended(key: string, at: number): RunEvent {
  return { type: 'attempt.intended', at, key, effect: 'write', idempotencyKey: 'k' };
}

function counts(rest: Partial<Counts>): Counts {
  return { space: '', settled: [], costs: [], ...rest };
}

/** The promises of budgets and costs, kept by every journal. */
export function describeLedger(makeJournal: (parts: JournalParts) => Promise<Journal>): void {
  describe('the ledger', () => {
    let clock: ManualClock;
    let journal: Journal;
    let attempts = 0;

    beforeEach(async () => {
      clock = createManualClock();
      journal = await makeJournal({ isAlive: () => true, clock });
      await journal.create(newRun('run-1', clock.now()), alice, [started(clock.now())]);
    });
    afterEach(() => journal.close());

    /** Intends a call that takes no time; `max` in ten minutes. */
    const spend = async (max: number, { key = 'restart', at = clock.now(), holdMs = 0, perMs = 10 * minute } = {}) => {
      attempts += 1;
      const attempt = `a${attempts}#1`;
      const budget = { key, max, perMs, attempt, at, holdMs };
      const events = [ended('before'), intended(attempt, at)];
      const refusal = await journal.append('run-1', 1, events, { counts: counts({ spend: budget }) });
      return { attempt, refusal };
    };
    const settle = (attempt: string, executed: boolean) =>
      journal.append('run-1', 1, [], { counts: counts({ settled: [{ attempt, at: clock.now(), executed }] }) });

    it('stores an intent while the budget has something left, and all but the intent once it has not', async () => {
      await spend(1);

      const { refusal } = await spend(1);

      expect(refusal).toMatchObject({ key: 'restart', used: 1, max: 1, nextAt: clock.now() + 10 * minute });
      const types = journal.events('run-1').map(({ type }) => type);
      expect(types).toEqual(['run.started', 'step.ended', 'attempt.intended', 'step.ended']);
    });

    it('stores nothing of a refused intent that comes alone', async () => {
      const alone = { spend: { key: 'k', max: 0, perMs: minute, attempt: 'a#1', at: clock.now(), holdMs: 0 } };

      const refusal = await journal.append('run-1', 1, [intended('a#1', clock.now())], { counts: counts(alone) });

      expect(refusal).toMatchObject({ used: 0, max: 0 });
      expect(refusal).not.toHaveProperty('nextAt');
      expect(journal.events('run-1')).toHaveLength(1);
    });

    it('slides its window', async () => {
      await spend(2);
      await clock.advance(6 * minute);
      await spend(2);
      await clock.advance(4 * minute - 1);
      expect((await spend(2)).refusal).toMatchObject({ nextAt: clock.now() + 1 });

      await clock.advance(1);

      expect((await spend(2)).refusal).toBeUndefined();
      expect((await spend(2)).refusal).toMatchObject({ used: 2 });
    });

    it('counts each key and each space by itself', async () => {
      await spend(1);

      expect((await spend(1, { key: 'other' })).refusal).toBeUndefined();
      expect(journal.ledger.budgets('sandbox', clock.now())).toEqual([]);
      expect(journal.ledger.budgets('', clock.now()).map(({ key }) => key)).toEqual(['other', 'restart']);
    });

    it('never lets two through at once that have one left between them', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => spend(3)));

      expect(answers.filter(({ refusal }) => refusal === undefined)).toHaveLength(3);
    });

    it('takes back what was surely not executed', async () => {
      const { attempt } = await spend(1);

      await settle(attempt, false);

      expect((await spend(1)).refusal).toBeUndefined();
    });

    it('takes back one of two sendings of the same attempt', async () => {
      const at = clock.now();
      const again = { key: 'k', max: 2, perMs: minute, attempt: 'a#1', at, holdMs: 0 };
      await journal.append('run-1', 1, [intended('a#1', at)], { counts: counts({ spend: again }) });
      await journal.append('run-1', 1, [intended('a#1', at)], { counts: counts({ spend: again }) });

      await settle('a#1', false);

      expect(journal.ledger.budgets('', at)).toMatchObject([{ key: 'k', used: 1 }]);
    });

    it('counts an attempt from its end, and one without an end from the last moment that it may have', async () => {
      const { attempt } = await spend(2, { holdMs: minute });
      await spend(2, { holdMs: minute });
      await clock.advance(1_000);
      await settle(attempt, true);

      const { refusal } = await spend(2, { holdMs: minute });

      expect(refusal?.nextAt).toBe(clock.now() + 10 * minute);
      await clock.advance(10 * minute);
      expect(journal.ledger.budgets('', clock.now())).toMatchObject([{ used: 1 }]);
    });

    it('is not opened by a clock that goes back, nor by one that then comes right', async () => {
      await spend(2);
      await spend(2, { at: clock.now() - 60 * minute });

      expect((await spend(2, { at: clock.now() - 60 * minute })).refusal).toMatchObject({ used: 2 });
      expect((await spend(2)).refusal).toMatchObject({ used: 2 });
    });

    it('keeps what a longer window of the same key still counts', async () => {
      await spend(5, { perMs: 60 * minute });
      await clock.advance(20 * minute);
      await spend(5, { perMs: minute });

      expect((await spend(2, { perMs: 60 * minute })).refusal).toMatchObject({ used: 2 });
    });

    it('forgets budgets long after their window', async () => {
      await spend(1);
      await clock.advance(2 * 86_400_000);

      await spend(1, { key: 'other' });

      expect(journal.ledger.budgets('', clock.now()).map(({ key }) => key)).toEqual(['other']);
    });

    it('counts for calls outside a run as well', async () => {
      const budget = { key: 'restart', max: 1, perMs: minute, attempt: 'call#1', at: clock.now(), holdMs: 0 };
      const origin = { run: 'x', workflow: 'call', isKept: false };

      await journal.ledger.count(counts({ spend: budget }), origin);

      expect((await spend(1)).refusal).toMatchObject({ used: 1 });
    });

    it('adds costs up by day, run and tool, as a person would', async () => {
      const cost = (amount: number, tool = 'ask') => ({ server: 'llm', tool, amount, at: clock.now() });
      await journal.append('run-1', 1, [], { counts: counts({ costs: [cost(0.1), cost(0.2)] }) });
      await journal.append('run-1', 1, [], { counts: counts({ costs: [cost(1, 'draw')] }) });
      await clock.advance(86_400_000);
      await journal.append('run-1', 1, [], { counts: counts({ costs: [cost(5)] }) });

      const common = { run: 'run-1', workflow: 'demo', server: 'llm' };
      expect(journal.ledger.costs('')).toEqual([
        { ...common, day: '2026-01-01', tool: 'ask', attempts: 2, amount: 0.3 },
        { ...common, day: '2026-01-01', tool: 'draw', attempts: 1, amount: 1 },
        { ...common, day: '2026-01-02', tool: 'ask', attempts: 1, amount: 5 },
      ]);
      expect(journal.ledger.costs('', '2026-01-02')).toHaveLength(1);
      expect(journal.ledger.costs('sandbox')).toEqual([]);
    });

    it('adds up the costs of calls outside a run', async () => {
      const cost = { server: 'llm', tool: 'ask', amount: 0.5, at: clock.now() };
      for (const run of ['x', 'y']) {
        await journal.ledger.count(counts({ costs: [cost] }), { run, workflow: 'call', isKept: false });
      }

      const [entry] = journal.ledger.costs('');

      expect(entry).toMatchObject({ workflow: 'call', attempts: 2, amount: 1 });
      expect(entry).not.toHaveProperty('run');
    });

    it('counts nothing for an owner whose lease is over', async () => {
      const budget = { key: 'restart', max: 1, perMs: minute, attempt: 'a#1', at: clock.now(), holdMs: 0 };

      const appended = journal.append('run-1', 7, [], { counts: counts({ spend: budget }) });

      await expect(appended).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(journal.ledger.budgets('', clock.now())).toEqual([]);
    });
  });
}
