import { describe, expect, it } from 'vitest';
import type { Parking } from '../../src/model/requests.ts';
import type { NewRun, Owner, RunGroup } from '../../src/model/run-records.ts';
import { alice, bob, carol, ended, fired, newRun, workflow } from '../support/sample-run.ts';
import type { JournalUnderTest } from './journal-claims.ts';

const one: RunGroup = { key: 'deploy', limit: 1 };

/** The part of the contract that says which run comes next, and which has to wait. */
export function describeTurns({ journal, clock, create }: JournalUnderTest): void {
  const queue = (id: string, change: Partial<NewRun> = {}) =>
    journal().create({ ...newQueued(id, clock().now()), ...change }, undefined, []);
  const next = async (owner: Owner = bob, exclude: readonly string[] = []) =>
    (await journal().claimNext(owner, { now: clock().now(), exclude }))?.run;
  const park = async (id: string, parking: Partial<Parking> = {}) => {
    const waits = { events: [], seen: journal().lastSignal(), ...parking };
    await journal().append(id, journal().find(id).epoch, [], { status: 'waiting', release: true, parking: waits });
  };

  describe('a queued run', () => {
    it('is claimed, and is running from then on', async () => {
      await queue('run-1');

      expect(await journal().claimNext(bob, { now: clock().now() })).toEqual({ run: 'run-1', epoch: 2 });
      expect(journal().find('run-1')).toMatchObject({ status: 'running', owner: bob });
      expect(await next(carol)).toBeUndefined();
    });

    it('comes by priority, then by age', async () => {
      await queue('old');
      await queue('young');
      await queue('urgent', { priority: 5 });
      await queue('idle', { priority: -5 });

      expect([await next(), await next(), await next(), await next()]).toEqual(['urgent', 'old', 'young', 'idle']);
    });

    it('is passed over where a worker does not want it', async () => {
      await queue('first');
      await queue('second');

      expect(await next(bob, ['first'])).toBe('second');
    });

    it('can be claimed by its id', async () => {
      await queue('run-1');

      expect(await journal().claim('run-1', bob)).toBe(2);
      expect(journal().find('run-1').status).toBe('running');
    });

    it('is given to one of several workers', async () => {
      await queue('run-1');

      const given = await Promise.all([next(bob), next(carol)]);

      expect(given).toHaveLength(2);
      expect(given.filter((run) => run !== undefined)).toEqual(['run-1']);
    });
  });

  describe('a run key', () => {
    it('gives the first run again, for as long as that is kept', async () => {
      await create('run-1', { runKey: 'order-7' });
      await journal().append('run-1', 1, [ended('s')], { status: 'failed' });

      expect(await queue('run-2', { runKey: 'order-7' })).toEqual({ kind: 'known', run: 'run-1' });
      expect(journal().find('run-1').runKey).toBe('order-7');
      expect(() => journal().find('run-2')).toThrow(expect.objectContaining({ code: 'RUN_NOT_FOUND' }));
    });

    it('counts for one workflow', async () => {
      await create('run-1', { runKey: 'order-7' });
      const other = { ...workflow, name: 'other', hash: 'hash-2' };

      expect(await queue('run-2', { runKey: 'order-7', workflow: other })).toEqual({ kind: 'created' });
    });

    it('starts one run of two that are started at once', async () => {
      const both = await Promise.all([create('run-1', { runKey: 'k' }), create('run-2', { runKey: 'k' })]);

      expect(both).toEqual([{ kind: 'created' }, { kind: 'known', run: 'run-1' }]);
    });
  });

  describe('a group without room', () => {
    it('queues a run behind those that are under way, and gives it its turn when one has ended', async () => {
      await create('run-1', { group: one });

      expect(await create('run-2', { group: one }, bob)).toEqual({ kind: 'queued', behind: ['run-1'] });
      expect(journal().find('run-2')).toMatchObject({ status: 'queued' });
      expect(await next()).toBeUndefined();
      await journal().append('run-1', 1, [ended('s')], { status: 'succeeded' });
      expect(await next()).toBe('run-2');
    });

    it('lets a line go on in its order, one at a time', async () => {
      await create('run-0', { group: one });
      await queue('run-1', { group: one });
      await queue('run-2', { group: one });
      await queue('run-3', { group: one, priority: 1 });
      await journal().append('run-0', 1, [], { status: 'succeeded' });

      expect([await next(), await next()]).toEqual(['run-3', undefined]);
      await journal().append('run-3', 2, [], { status: 'failed' });
      expect([await next(), await next()]).toEqual(['run-1', undefined]);
    });

    it('does not hold up other runs', async () => {
      await create('run-1', { group: one });
      await queue('run-2', { group: one });
      await queue('other');

      expect(await next()).toBe('other');
    });

    it('keeps a run from being claimed by its id, naming the one in the way', async () => {
      await create('run-1', { group: one });
      await queue('run-2', { group: one });

      await expect(journal().claim('run-2', bob)).rejects.toMatchObject({
        code: 'RUN_CONFLICT',
        message: expect.stringContaining('run-1') as string,
      });
      expect(await journal().claim('run-2', bob, { force: true })).toBe(2);
    });

    it('counts a run that waits or needs a person as under way', async () => {
      await create('run-1', { group: one });
      await journal().append('run-1', 1, [], { status: 'needs_attention', release: true });
      await queue('run-2', { group: one });

      expect(await next()).toBeUndefined();
    });

    it('is taken by whoever starts first, so that the line waits', async () => {
      await queue('queued', { group: one });

      expect(await create('started', { group: one })).toEqual({ kind: 'created' });
      expect(await next()).toBeUndefined();
    });

    it('refuses a run that says reject, and stores nothing of it', async () => {
      await create('run-1', { group: one });

      await expect(create('run-2', { group: { ...one, onConflict: 'reject' } })).rejects.toMatchObject({
        code: 'RUN_CONFLICT',
        message: expect.stringContaining('run-1') as string,
      });
      expect(() => journal().find('run-2')).toThrow(expect.objectContaining({ code: 'RUN_NOT_FOUND' }));
    });

    it('asks the older ones to end for a run that says cancel_running', async () => {
      const newest: RunGroup = { ...one, onConflict: 'cancel_running' };
      await create('run-1', { group: newest });
      await queue('run-2', { group: newest });

      expect(await queue('run-3', { group: newest })).toEqual({ kind: 'queued', behind: ['run-1'] });

      expect(journal().takeRequests(alice)).toMatchObject([{ run: 'run-1', request: { kind: 'cancel' } }]);
      expect(await next()).toBe('run-2');
      expect(journal().takeRequests(bob)).toMatchObject([
        { run: 'run-2', request: { kind: 'cancel', by: 'run run-3' } },
      ]);
    });

    it('asks no more of them to end than have to', async () => {
      const two: RunGroup = { key: 'two', limit: 2, onConflict: 'cancel_running' };
      await create('run-1', { group: two });
      await create('run-2', { group: two });
      await queue('run-3', { group: two });

      expect(
        journal()
          .takeRequests(alice)
          .map(({ run }) => run),
      ).toEqual(['run-1']);
    });
  });

  describe('a parked run', () => {
    it('goes on when its timer is due, not before', async () => {
      await create('run-1');
      const wakeAt = clock().now() + 5_000;
      await park('run-1', { wakeAt });

      expect(journal().find('run-1')).toMatchObject({ status: 'waiting', wakeAt });
      expect([await next(), journal().nextWake(clock().now())]).toEqual([undefined, wakeAt]);
      await clock().advance(5_000);
      expect(journal().nextWake(clock().now())).toBeLessThanOrEqual(clock().now());
      expect(await next()).toBe('run-1');
      expect(journal().find('run-1')).toMatchObject({ status: 'running' });
      expect(journal().find('run-1').wakeAt).toBeUndefined();
    });

    it('goes on when a signal comes for which it waits', async () => {
      await create('run-1');
      await park('run-1', { events: ['other', 'paid'] });
      await journal().sendSignal({ name: 'shipped', payload: null, by: 'ann' });
      expect(await next()).toBeUndefined();

      await journal().sendSignal({ name: 'paid', payload: null, by: 'ann' });

      expect(await next()).toBe('run-1');
    });

    it('goes on at once when the signal came before it was parked and it has not seen it', async () => {
      await create('run-1');
      const seen = await journal().sendSignal({ name: 'paid', payload: 1, by: 'ann' });
      await journal().sendSignal({ name: 'paid', payload: 2, by: 'ann' });

      await park('run-1', { events: ['paid'], seen });

      expect(await next()).toBe('run-1');
    });

    it('sleeps on when the signal is one that it has seen, or is for another run', async () => {
      await create('run-1');
      await create('run-2');
      await journal().sendSignal({ name: 'paid', payload: 1, by: 'ann' });
      await park('run-1', { events: ['paid'] });
      await journal().sendSignal({ name: 'paid', payload: 1, by: 'ann', run: 'run-2' });

      expect(await next()).toBeUndefined();
    });

    it('goes on when somebody asks something of it', async () => {
      await create('run-1');
      await park('run-1');

      await journal().request('run-1', { kind: 'cancel', by: 'ann' });

      expect(await next()).toBe('run-1');
    });

    it('goes on again when a request was taken and nobody has settled it', async () => {
      await create('run-1');
      await journal().request('run-1', { kind: 'pause', by: 'ann' });
      journal().takeRequests(alice);

      await park('run-1');

      expect(await next()).toBe('run-1');
    });

    it('sleeps on when its requests are settled', async () => {
      await create('run-1');
      await journal().request('run-1', { kind: 'pause', by: 'ann' });
      const settled = journal()
        .takeRequests(alice)
        .map(({ n }) => n);
      await journal().append('run-1', 1, [fired('x')], { settled });

      await park('run-1');

      expect(await next()).toBeUndefined();
      await journal().claim('run-1', bob);
      expect(journal().takeRequests(bob)).toEqual([]);
    });

    it('wakes for its children: their signals and their requests', async () => {
      for (const id of ['run-1', 'run-2']) {
        await create(id);
        await create(`${id}-child`, { parent: id });
        await create(`${id}-grandchild`, { parent: `${id}-child` });
        await park(`${id}-grandchild`, { events: ['paid'] });
        await park(`${id}-child`, { events: ['paid'] });
        await park(id, { events: ['paid'] });
      }
      expect(journal().find('run-1-grandchild')).toMatchObject({ parent: 'run-1-child', root: 'run-1' });
      expect(await next()).toBeUndefined();

      await journal().sendSignal({ name: 'paid', payload: null, by: 'ann', run: 'run-1-grandchild' });
      await journal().request('run-2-grandchild', { kind: 'cancel', by: 'ann' });

      expect([await next(), await next(), await next()]).toEqual(['run-1', 'run-2', undefined]);
    });

    it('wakes when a queued child of it has its turn', async () => {
      await create('other', { group: one }, carol);
      await create('run-1');
      await create('run-1-child', { parent: 'run-1', group: one });
      await park('run-1');
      expect(await next()).toBeUndefined();

      await journal().append('other', 1, [], { status: 'succeeded' });

      expect(await next()).toBe('run-1');
      expect(await journal().claim('run-1-child', bob)).toBe(2);
    });

    it('forgets what it waited for when it is released otherwise', async () => {
      await create('run-1');
      await park('run-1', { wakeAt: clock().now() + 1, events: ['paid'] });
      const epoch = await journal().claim('run-1', bob);

      await journal().append('run-1', epoch, [], { status: 'paused', release: true });
      await clock().advance(10);
      await journal().sendSignal({ name: 'paid', payload: null, by: 'ann' });

      expect(await next()).toBeUndefined();
      expect(journal().find('run-1').wakeAt).toBeUndefined();
    });
  });

  it('has nothing to wait for when nothing is open', () => {
    expect(journal().nextWake(clock().now())).toBeUndefined();
  });
}

function newQueued(id: string, startedAt: number): NewRun {
  return { ...newRun(id, startedAt), status: 'queued' };
}
