import { describe, expect, it } from 'vitest';
import type { Journal } from '../../src/engine/ports.ts';
import type { NewRun, Owner } from '../../src/model/run-records.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { alice, bob, carol, ended, fired, numbers } from '../support/sample-run.ts';

/** A journal under test and its surroundings, new for each test. */
export interface JournalUnderTest {
  readonly journal: () => Journal;
  readonly clock: () => ManualClock;
  readonly create: (id: string, change?: Partial<NewRun>, owner?: Owner) => Promise<unknown>;
  readonly die: (owner: Owner) => void;
}

/** The part of the contract that says who owns a run. */
export function describeClaims({ journal, clock, create, die }: JournalUnderTest): void {
  const crash = (life: number) => {
    die(runner(life));
    return journal().claim('run-1', runner(life + 1));
  };

  describe('claim', () => {
    it('refuses a run whose owner lives, and names it', async () => {
      await create('run-1');

      await expect(journal().claim('run-1', bob)).rejects.toMatchObject({
        code: 'RUN_OWNED',
        message: expect.stringContaining(String(alice.pid)),
      });
    });

    it('is free at once when the owner is dead, under the next epoch', async () => {
      await create('run-1');
      die(alice);

      expect(await journal().claim('run-1', bob)).toBe(2);
      expect(journal().find('run-1').owner).toEqual(bob);
    });

    it('is free when the lease has run out', async () => {
      await create('run-1');
      await clock().advance(15_000);

      expect(await journal().claim('run-1', bob)).toBe(2);
    });

    it('is refused while heartbeats extend the lease', async () => {
      await create('run-1');
      await clock().advance(14_000);
      await journal().heartbeat(alice);
      await clock().advance(14_000);

      await expect(journal().claim('run-1', bob)).rejects.toMatchObject({ code: 'RUN_OWNED' });
    });

    it('is free when the owner has given the run back', async () => {
      await create('run-1');
      await journal().append('run-1', 1, [], { status: 'waiting', release: true });

      expect(await journal().claim('run-1', bob)).toBe(2);
      expect(journal().find('run-1').crashes).toBe(0);
    });

    it('lets only one of several win', async () => {
      await create('run-1');
      die(alice);

      const claims = await Promise.allSettled([journal().claim('run-1', bob), journal().claim('run-1', carol)]);

      expect(claims.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    it('refuses a final run', async () => {
      await create('run-1', { status: 'cancelled' });

      await expect(journal().claim('run-1', bob)).rejects.toMatchObject({ code: 'RUN_FINAL' });
    });

    it('refuses a run that does not exist', async () => {
      await expect(journal().claim('nobody', bob)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    });
  });

  describe('a run that keeps killing its process', () => {
    it('is quarantined at the third crash', async () => {
      await create('run-1', {}, runner(1));
      await crash(1);
      await crash(2);

      await expect(crash(3)).rejects.toMatchObject({ code: 'RUN_QUARANTINED' });
      expect(journal().find('run-1')).toMatchObject({ status: 'quarantined', crashes: 3 });
      await expect(journal().claim('run-1', bob)).rejects.toMatchObject({ code: 'RUN_QUARANTINED' });
    });

    it('can no longer be written by the owner before', async () => {
      await create('run-1', {}, runner(1));
      await crash(1);
      const epoch = await crash(2);
      await crash(3).catch(() => undefined);

      await expect(journal().append('run-1', epoch, [fired('x')])).rejects.toMatchObject({ code: 'LEASE_LOST' });
    });

    it('is given out by force, with its crashes forgotten', async () => {
      await create('run-1', {}, runner(1));
      await crash(1);
      await crash(2);
      await crash(3).catch(() => undefined);

      await journal().claim('run-1', bob, { force: true });

      expect(journal().find('run-1')).toMatchObject({ status: 'running', crashes: 0, owner: bob });
    });

    it('is not quarantined as long as steps end between the crashes', async () => {
      await create('run-1', {}, runner(0));
      for (const life of numbers(5)) {
        const epoch = await crash(life);
        await journal().append('run-1', epoch, [ended(`s${life}`)]);
      }

      expect(journal().find('run-1')).toMatchObject({ status: 'running' });
    });

    it('is not quarantined when it only waited each time', async () => {
      await create('run-1', { status: 'waiting' }, runner(1));
      await crash(1);
      await crash(2);
      await crash(3);

      expect(journal().find('run-1')).toMatchObject({ status: 'waiting', crashes: 0 });
    });
  });

  describe('requests', () => {
    it('are handed to the owner once, in order', async () => {
      await create('run-1');
      await journal().request('run-1', { kind: 'cancel', by: 'ann' });
      await journal().request('run-1', { kind: 'cancel', by: 'ben' });

      expect(
        journal()
          .takeRequests(alice)
          .map(({ request }) => request.by),
      ).toEqual(['ann', 'ben']);
      expect(journal().takeRequests(alice)).toEqual([]);
    });

    it('are not handed to others', async () => {
      await create('run-1');
      await journal().request('run-1', { kind: 'cancel', by: 'ann' });

      expect(journal().takeRequests(bob)).toEqual([]);
    });

    it('wait for the next owner when nobody owns the run', async () => {
      await create('run-1');
      await journal().append('run-1', 1, [], { status: 'waiting', release: true });
      await journal().request('run-1', { kind: 'cancel', by: 'ann' });

      await journal().claim('run-1', bob);

      expect(journal().takeRequests(bob)).toMatchObject([{ run: 'run-1', request: { kind: 'cancel', by: 'ann' } }]);
    });

    it('go to the next owner again when the one who took them died with the run open', async () => {
      await create('run-1');
      await journal().request('run-1', { kind: 'cancel', by: 'ann' });
      journal().takeRequests(alice);
      die(alice);

      await journal().claim('run-1', bob);

      expect(journal().takeRequests(bob)).toHaveLength(1);
    });

    it('are refused for a run that has ended or does not exist', async () => {
      await create('run-1', { status: 'failed' });

      await expect(journal().request('run-1', { kind: 'cancel', by: 'a' })).rejects.toMatchObject({
        code: 'RUN_FINAL',
      });
      await expect(journal().request('no', { kind: 'cancel', by: 'a' })).rejects.toMatchObject({
        code: 'RUN_NOT_FOUND',
      });
    });
  });
}

/** The same command, started again after each crash. */
function runner(life: number): Owner {
  return { ...alice, instance: `life-${life}` };
}
