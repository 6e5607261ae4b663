import { describe, expect, it } from 'vitest';
import { simulate } from '../support/simulator.ts';

const someone = { host: 'here', pid: 99, processStart: '1', bootId: 'boot', instance: 'someone' };

describe('a run that is given back while it waits for an event', () => {
  it('sleeps on for events that it has looked at, and wakes for the next', async () => {
    const simulation = await simulate('  - { id: paid, wait: { event: paid, match: $event.ok } }\n');
    const next = () => simulation.journal.claimNext(someone, { now: simulation.clock.now() });
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.journal.sendSignal({ name: 'paid', payload: { ok: false }, by: 'ann' });
    await simulation.clock.advance(1_000);

    handle.park();

    expect(await simulation.finish(handle)).toEqual({ status: 'waiting' });
    expect(await next()).toBeUndefined();
    await simulation.journal.sendSignal({ name: 'paid', payload: { ok: true }, by: 'ann' });
    expect(await next()).toMatchObject({ run: 'run-1' });
  });
});
