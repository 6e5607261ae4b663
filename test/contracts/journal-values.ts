import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import type { StateChange } from '../../src/model/requests.ts';
import { bob, fired, numbers } from '../support/sample-run.ts';
import type { JournalUnderTest } from './journal-claims.ts';

const day = 86_400_000;

/** The part of the contract about what runs share: signals and state. */
export function describeValues({ journal, clock, create }: JournalUnderTest): void {
  const send = (name: string, payload: string | number = '', run?: string) =>
    journal().sendSignal({ name, payload, by: 'ann', ...(run !== undefined && { run }) });
  const payloads = (name: string, run: string, after = 0) =>
    journal()
      .signals(name, run, after, 100)
      .map(({ payload }) => payload);
  const change = async (...state: StateChange[]) => journal().append('run-1', 1, [fired('x')], { state });

  describe('signals', () => {
    it('are numbered, and found by their name after a number, in order', async () => {
      await create('run-1');
      const first = await send('paid', 'a');
      await send('shipped', 'b');
      await journal().sendSignal({ name: 'paid', payload: { sum: [1, null] }, by: 'ben' });

      expect(journal().signals('paid', 'run-1', first, 10)).toEqual([
        { n: first + 2, name: 'paid', payload: { sum: [1, null] }, at: clock().now(), by: 'ben' },
      ]);
      expect(payloads('paid', 'run-1')).toEqual(['a', { sum: [1, null] }]);
      expect(journal().lastSignal()).toBe(first + 2);
    });

    it('are given so many at a time as are asked for', async () => {
      await create('run-1');
      for (const n of numbers(5)) await send('tick', n, n % 2 === 0 ? 'run-1' : undefined);

      expect(
        journal()
          .signals('tick', 'run-1', 0, 3)
          .map(({ payload }) => payload),
      ).toEqual([0, 1, 2]);
    });

    it('for one run reach that run and those below it, and no other', async () => {
      await create('run-1');
      await create('child', { parent: 'run-1' });
      await create('run-2');
      await send('paid', 'outermost', 'run-1');
      await send('paid', 'child', 'child');

      expect(payloads('paid', 'run-1')).toEqual(['outermost']);
      expect(payloads('paid', 'child')).toEqual(['outermost', 'child']);
      expect(payloads('paid', 'run-2')).toEqual([]);
      expect(journal().signals('paid', 'child', 0, 10)[1]?.run).toBe('child');
    });

    it('are refused for a run that has ended or does not exist', async () => {
      await create('run-1', { status: 'failed' });

      await expect(send('paid', '', 'run-1')).rejects.toMatchObject({ code: 'RUN_FINAL' });
      await expect(send('paid', '', 'nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    });

    it('are refused when they are too large', async () => {
      await expect(send('paid', 'x'.repeat(400_000))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    });

    it('are there for a day, or as long as their sender says', async () => {
      await create('run-1');
      await send('paid', 'a');
      await journal().sendSignal({ name: 'paid', payload: 'b', by: 'ann', keepMs: 10 });
      await clock().advance(10);
      expect(payloads('paid', 'run-1')).toEqual(['a']);

      await clock().advance(day);
      await send('shipped');

      expect(payloads('paid', 'run-1')).toEqual([]);
    });

    it('stay for a run that was parked before they came, however late it is woken', async () => {
      await create('run-1');
      await send('paid', 'before');
      const parking = { events: ['paid'], seen: journal().lastSignal() };
      await journal().append('run-1', 1, [], { status: 'waiting', release: true, parking });
      const sent = await send('paid', 'in time');
      await clock().advance(3 * day);
      await send('shipped');

      const claimed = await journal().claimNext(bob, { now: clock().now() });

      expect(claimed?.run).toBe('run-1');
      expect(payloads('paid', 'run-1', parking.seen)).toEqual(['in time']);
      expect(sent).toBe(parking.seen + 1);
    });

    it('never use a number again', async () => {
      const before = await journal().sendSignal({ name: 'a', payload: '', by: 'ann', keepMs: 1 });
      await clock().advance(1);
      await send('b');
      await clock().advance(2 * day);

      expect(await send('c')).toBe(before + 2);
    });

    it('have no number before the first', () => {
      expect(journal().lastSignal()).toBe(0);
    });
  });

  describe('state', () => {
    it('is kept with the events, over runs', async () => {
      await create('run-1');
      await change(put('demo', 'seen', { ids: [1, null] }), put('', 'seen', 'of all'));

      expect(journal().state.get('demo', 'seen', clock().now())).toEqual({ ids: [1, null] });
      expect(journal().state.get('', 'seen', clock().now())).toBe('of all');
      expect(journal().state.get('demo', 'other', clock().now())).toBeUndefined();
    });

    it('is replaced and deleted', async () => {
      await create('run-1');
      await change(put('demo', 'a', 1), put('demo', 'b', 1), put('demo', 'a', 2));
      await change({ kind: 'delete', space: 'demo', name: 'b' });

      expect(journal().state.get('demo', 'a', 0)).toBe(2);
      expect(journal().state.get('demo', 'b', 0)).toBeUndefined();
    });

    it('is not there any more when it has expired', async () => {
      await create('run-1');
      const expiresAt = clock().now() + 10;
      await change({ ...put('demo', 'a', 1), expiresAt });

      expect(journal().state.get('demo', 'a', expiresAt - 1)).toBe(1);
      expect(journal().state.get('demo', 'a', expiresAt)).toBeUndefined();
      expect(journal().state.list('', expiresAt)).toEqual([]);
    });

    it('is listed by the beginning of its space', async () => {
      await create('run-1');
      const expiresAt = clock().now() + 10;
      await change(put('sandbox:demo', 'c', 3), put('demo', 'b', 2), { ...put('demo', 'a', 1), expiresAt });

      const at = { changedAt: clock().now() };
      const [a, b, c] = [
        { space: 'demo', name: 'a', value: 1, expiresAt, ...at },
        { space: 'demo', name: 'b', value: 2, ...at },
        { space: 'sandbox:demo', name: 'c', value: 3, ...at },
      ];
      expect(journal().state.list('', clock().now())).toEqual([a, b, c]);
      expect(journal().state.list('demo', clock().now())).toEqual([a, b]);
      expect(journal().state.list('sandbox:', clock().now())).toEqual([c]);
    });

    it('is not changed by an owner whose epoch is over, nor by a value that is too large', async () => {
      await create('run-1');
      await change(put('demo', 'a', 1));

      const [stale, large] = await Promise.allSettled([
        journal().append('run-1', 7, [], { state: [put('demo', 'a', 2)] }),
        change(put('demo', 'a', 3), put('demo', 'b', 'x'.repeat(400_000))),
      ]);

      expect(stale).toMatchObject({ reason: { code: 'LEASE_LOST' } });
      expect(large).toMatchObject({ reason: { code: 'PAYLOAD_TOO_LARGE' } });
      expect(journal().state.get('demo', 'a', 0)).toBe(1);
      expect(journal().events('run-1')).toHaveLength(2);
    });
  });
}

function put(space: string, name: string, value: Json): StateChange & { readonly kind: 'put' } {
  return { kind: 'put', space, name, value };
}
