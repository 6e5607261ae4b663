import { describe, expect, it } from 'vitest';
import type { Parking } from '../../src/model/requests.ts';
import type { Owner } from '../../src/model/run-records.ts';
import { alice, bob, carol, newRun } from '../support/sample-run.ts';
import type { JournalUnderTest } from './journal-claims.ts';

/** The part of the contract about runs whose process is gone, or that were given back. */
export function describeAbandoned({ journal, clock, create, die }: JournalUnderTest): void {
  const queue = (id: string) => journal().create({ ...newRun(id, clock().now()), status: 'queued' }, undefined, []);
  const next = async (owner: Owner = bob, exclude: readonly string[] = []) =>
    (await journal().claimNext(owner, { now: clock().now(), exclude }))?.run;
  const park = async (id: string, parking: Partial<Parking>) => {
    const waits = { events: [], seen: journal().lastSignal(), ...parking };
    await journal().append(id, journal().find(id).epoch, [], { status: 'waiting', release: true, parking: waits });
  };

  describe('a run that nobody works on', () => {
    it.each(['running', 'waiting', 'undoing'] as const)(
      'goes on when it was %s and its owner is dead',
      async (status) => {
        await create('run-1', { status });
        expect(await next()).toBeUndefined();

        die(alice);

        expect(await next()).toBe('run-1');
      },
    );

    it('goes on when the lease of its owner has run out, unless that one is heard of again', async () => {
      await create('run-1');
      await create('run-2', {}, carol);
      expect(journal().nextWake(clock().now())).toBe(clock().now() + 15_000);
      await clock().advance(16_000);
      expect(await next(bob, ['run-1', 'run-2'])).toBeUndefined();
      await journal().heartbeat(alice);

      expect([await next(), await next()]).toEqual(['run-2', undefined]);
    });

    it('goes on when it was left interrupted', async () => {
      await create('run-1');
      await journal().append('run-1', 1, [], { status: 'interrupted', release: true });

      expect(await next()).toBe('run-1');
    });

    it('is not given out when a person has paused it, or has to decide', async () => {
      await create('paused');
      await create('asks');
      await journal().append('paused', 1, [], { status: 'paused', release: true });
      await journal().append('asks', 1, [], { status: 'needs_attention', release: true });

      expect(await next()).toBeUndefined();
    });

    it('is given out when a paused one is to end, or somebody has decided', async () => {
      await create('paused');
      await create('asks');
      await journal().append('paused', 1, [], { status: 'paused', release: true });
      await journal().append('asks', 1, [], { status: 'needs_attention', release: true });
      await journal().request('paused', { kind: 'pause', by: 'ann' });
      await journal().request('asks', { kind: 'decide', step: 's', approved: true, by: 'ann', binding: 'b' });
      expect([await next(), await next()]).toEqual(['asks', undefined]);

      await journal().request('paused', { kind: 'cancel', by: 'ann' });

      expect(await next()).toBe('paused');
    });

    it('is never a child: that goes on with its outermost run', async () => {
      await create('run-1');
      await create('child', { parent: 'run-1' });
      die(alice);

      expect([await next(), await next()]).toEqual(['run-1', undefined]);
    });

    it('is quarantined at the third crash, and the next one is given out instead', async () => {
      await create('poison', {}, life(0));
      await queue('other');
      for (const n of [1, 2]) {
        die(life(n - 1));
        expect(await next(life(n))).toBe('poison');
      }
      die(life(2));

      expect([await next(life(3)), await next(life(3))]).toEqual(['other', undefined]);
      expect(journal().find('poison').status).toBe('quarantined');
    });

    it('is quarantined too when it kills each worker before that has recorded anything', async () => {
      await create('poison');
      await park('poison', { wakeAt: clock().now() });
      for (const n of [1, 2, 3]) {
        expect(await next(life(n))).toBe('poison');
        die(life(n));
      }

      expect(await next(life(4))).toBeUndefined();
      expect(journal().find('poison')).toMatchObject({ status: 'quarantined', crashes: 3 });
    });
  });
}

/** The same worker, started again after each crash. */
function life(n: number): Owner {
  return { ...alice, instance: `life-${n}` };
}
