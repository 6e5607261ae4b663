import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LimitAnswer, LimitStore } from '../../src/engine/ports.ts';

const start = 1_800_000_000_000;
const turn = { key: 'stripe/charge', max: 2, perMs: 1_000 };
const slot = { key: 'stripe/charge', max: 2, leaseMs: 60_000 };

/** What every store of limits keeps to. @param open a store that holds nothing yet */
export function limitsContract(open: () => LimitStore): void {
  describe('turns', () => {
    it('come at once while the window is not full', () => {
      const store = open();

      expect([store.take({ turn }, start).kind, store.take({ turn }, start).kind]).toEqual(['granted', 'granted']);
    });

    it('come in the order asked for, each when an earlier one has left the window', () => {
      const store = open();

      const due = [0, 100, 200, 300, 400].map((ms) => dueOf(store.take({ turn }, start + ms), start + ms));

      expect(due.map((at) => at - start)).toEqual([0, 100, 1_000, 1_100, 2_000]);
    });

    it('are counted by key', () => {
      const store = open();
      store.take({ turn: { ...turn, max: 1 } }, start);

      expect(store.take({ turn: { ...turn, max: 1, key: 'stripe/refund' } }, start).kind).toBe('granted');
    });

    it('that come too late are not taken', () => {
      const store = open();
      store.take({ turn: { ...turn, max: 1 } }, start);

      const late = store.take({ turn: { ...turn, max: 1 }, latest: start + 999 }, start);

      expect(late).toEqual({ kind: 'too_late', due: start + 1_000 });
      expect(store.take({ turn: { ...turn, max: 1 } }, start)).toMatchObject({ due: start + 1_000 });
    });

    it('that are given back go to whoever asks next', () => {
      const store = open();
      const [, second, third] = [0, 0, 0].map(() => store.take({ turn }, start));
      if (second?.kind === 'granted') store.giveBack({ turn: second.turn ?? 0 });

      expect(third).toMatchObject({ due: start + 1_000 });
      expect(dueOf(store.take({ turn }, start), start)).toBe(start + 1_000);
      expect(dueOf(store.take({ turn }, start), start)).toBe(start + 2_000);
    });

    it('are never more than the limit in any window, whoever asks and gives back when', () => {
      const steps = fc.array(fc.record({ waits: fc.nat(700), givesBack: fc.boolean() }), { maxLength: 80 });
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 5 }), (asks, max) => {
          const store = open();
          const key = `key-${Math.random()}`;
          const taken: number[] = [];
          let now = start;
          for (const { waits, givesBack } of asks) {
            now += waits;
            const answer = store.take({ turn: { key, max, perMs: 1_000 } }, now);
            if (givesBack && answer.kind === 'later') store.giveBack({ turn: answer.turn });
            else taken.push(dueOf(answer, now));
          }
          for (const from of taken) {
            expect(taken.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(max);
          }
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('slots', () => {
    it('are given until all are in use', () => {
      const store = open();

      const kinds = [0, 0, 0].map(() => store.take({ slot }, start).kind);

      expect(kinds).toEqual(['granted', 'granted', 'full']);
    });

    it('that are given back go to the first in line, not to whoever comes then', () => {
      const store = open();
      const only = { ...slot, max: 1 };
      const holder = store.take({ slot: only }, start);
      const waiter = store.take({ slot: only }, start);
      if (holder.kind === 'granted') store.giveBack({ slot: holder.slot ?? 0 });

      expect(store.take({ slot: only }, start).kind).toBe('full');
      expect(store.take({ slot: only, ...ticketOf(waiter) }, start).kind).toBe('granted');
    });

    it('wait for nobody who has given up', () => {
      const store = open();
      const only = { ...slot, max: 1 };
      const holder = store.take({ slot: only }, start);
      const waiter = store.take({ slot: only }, start);
      store.giveBack(ticketOf(waiter));
      if (holder.kind === 'granted') store.giveBack({ slot: holder.slot ?? 0 });

      expect(store.take({ slot: only }, start).kind).toBe('granted');
    });

    it('are free again when their lease is over', () => {
      const store = open();
      store.take({ slot: { ...slot, max: 1 } }, start);

      expect(store.take({ slot: { ...slot, max: 1 } }, start + 60_001).kind).toBe('granted');
    });

    it('are never more in use than the limit, and nobody waits while one is free', () => {
      fc.assert(
        fc.property(fc.array(fc.boolean(), { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (takes, max) => {
          const store = open();
          const own = { key: `key-${Math.random()}`, max, leaseMs: 60_000 };
          const held: number[] = [];
          let ticket: number | undefined;
          for (const isTake of takes) {
            const released = isTake ? undefined : held.pop();
            if (released !== undefined) store.giveBack({ slot: released });
            if (!isTake) continue;
            const answer = store.take({ slot: own, ...(ticket === undefined ? {} : { ticket }) }, start);
            expect(answer.kind).toBe(held.length < max ? 'granted' : 'full');
            ticket = answer.kind === 'full' ? answer.ticket : undefined;
            if (answer.kind === 'granted' && answer.slot !== undefined) held.push(answer.slot);
            expect(held.length).toBeLessThanOrEqual(max);
          }
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('a turn and a slot together', () => {
    it('are both taken, or no turn is where no slot is free', () => {
      const store = open();
      const both = { turn: { ...turn, max: 1 }, slot: { ...slot, max: 1 } };
      store.take({ slot: both.slot }, start);

      expect(store.take(both, start).kind).toBe('full');
      expect(store.take({ turn: both.turn }, start).kind).toBe('granted');
    });

    it('take no slot while the turn is still to come', () => {
      const store = open();
      const both = { turn: { ...turn, max: 1 }, slot: { ...slot, max: 1 } };
      store.take({ turn: both.turn }, start);

      expect(store.take(both, start).kind).toBe('later');
      expect(store.take({ slot: both.slot }, start).kind).toBe('granted');
    });
  });
}

function dueOf(answer: LimitAnswer, now: number): number {
  return answer.kind === 'later' ? answer.due : now;
}

function ticketOf(answer: LimitAnswer): { readonly ticket: number } {
  if (answer.kind !== 'full') throw new Error(`No place in line: ${answer.kind}`);
  return { ticket: answer.ticket };
}
