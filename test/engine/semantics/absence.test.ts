import { describe, expect, it } from 'vitest';
import type { Vote } from '../../../src/model/requests.ts';
import { simulate, type Simulation } from '../../support/simulator.ts';
import { statesOf } from './cells.ts';

const minuteMs = 60_000;

function vote(simulation: Simulation, approved: boolean): Vote {
  const asked = simulation.events().findLast((event) => event.type === 'approval.requested');
  if (asked?.type !== 'approval.requested') throw new Error('Nobody is asked.');
  return { kind: 'decide', step: asked.key, binding: asked.binding.hash, approved, by: 'ann' };
}

function calls({ farSide }: Simulation): readonly string[] {
  return farSide.calls.map(({ target }) => target);
}

describe('what happens while no process has the run', () => {
  it('lets a timer that is due meanwhile fire at once', async () => {
    const simulation = await simulate('  - { wait: 1h }\n  - { id: a, tool: s/create_a }\n');
    expect(await simulation.runUntilParked()).toEqual({ status: 'waiting' });
    await simulation.clock.advance(120 * minuteMs);
    const wokenAt = simulation.clock.now();

    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded' });
    expect(simulation.clock.now()).toBe(wokenAt);
  });

  it('counts an event that was sent in time, though it is seen after that', async () => {
    const simulation = await simulate('  - { id: paid, wait: { event: paid, timeout: 10m } }\n');
    await simulation.runUntilParked();
    await simulation.clock.advance(5 * minuteMs);
    await simulation.journal.sendSignal({ name: 'paid', payload: 7, by: 'ann' });
    await simulation.clock.advance(60 * minuteMs);

    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded', output: 7 });
  });

  it('does not count an event that was sent too late', async () => {
    const simulation = await simulate('  - { id: paid, wait: { event: paid, timeout: 10m } }\n');
    await simulation.runUntilParked();
    await simulation.clock.advance(15 * minuteMs);
    await simulation.journal.sendSignal({ name: 'paid', payload: 7, by: 'ann' });

    expect(await simulation.continueRun()).toMatchObject({ status: 'failed', error: { kind: 'wait_timeout' } });
  });

  it('counts a vote that was given before anybody looked at the time', async () => {
    const simulation = await simulate('  - { id: ok, approval: Go on?, timeout: 10m }\n');
    await simulation.runUntilParked();
    await simulation.clock.advance(5 * minuteMs);
    await simulation.journal.request('run-1', vote(simulation, true));
    await simulation.clock.advance(60 * minuteMs);

    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded', output: { approved: true } });
  });

  it('obeys a cancel before it calls anything', async () => {
    const simulation = await simulate(`
steps: [{ wait: 1h }, { id: a, tool: s/create_a }]
finally: [{ tool: s/put_clean }]
`);
    await simulation.runUntilParked();
    await simulation.clock.advance(120 * minuteMs);
    await simulation.journal.request('run-1', { kind: 'cancel', by: 'ann' });

    expect(await simulation.continueRun()).toMatchObject({ status: 'cancelled' });
    expect(calls(simulation)).toEqual(['s/put_clean']);
  });

  it('lets the time of a run and of a block go by', async () => {
    const simulation = await simulate(`
timeout: 2h
steps: [{ id: p, timeout: 1h, continue_on_error: true, parallel: { a: { wait: 3h } } }, { id: w, wait: 3h }]
`);
    await simulation.runUntilParked();
    await simulation.clock.advance(90 * minuteMs);
    const { engine } = simulation.boot();
    const handle = await engine.resume('run-1', { park: 'always' });

    expect(await simulation.finish(handle)).toEqual({ status: 'waiting' });
    expect(statesOf(simulation)).toMatchObject({ p: 'failed' });
    await simulation.clock.advance(90 * minuteMs);
    expect(await simulation.continueRun()).toMatchObject({ status: 'timed_out' });
  });
});

describe('a pause', () => {
  it('lets the call in flight end, begins nothing new, and goes on where it was', async () => {
    const simulation = await simulate(`
  - { id: p, parallel: { a: [{ id: a1, tool: s/create_a, params: { takes: 5000 } }, { id: a2, tool: s/create_b }], b: { wait: 1h } } }
`);
    const { engine } = simulation.boot();
    const handle = await simulation.start(engine);
    await simulation.clock.advance(1_000);
    handle.pause('ann');

    expect(await simulation.finish(handle)).toEqual({ status: 'paused' });
    expect(calls(simulation)).toEqual(['s/create_a']);
    await simulation.clock.advance(90 * minuteMs);
    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded' });
    expect(calls(simulation)).toEqual(['s/create_a', 's/create_b']);
  });

  it('holds in `finally` too, and the run is cancelled where it was', async () => {
    const simulation = await simulate(`
steps: [{ wait: 1h }]
finally: [{ id: one, tool: s/create_one, params: { takes: 5000 } }, { id: two, tool: s/create_two }]
`);
    const { engine } = simulation.boot();
    const handle = await simulation.start(engine);
    await simulation.clock.advance(1_000);
    handle.cancel('ann');
    await simulation.clock.advance(1_000);
    handle.pause('ann');

    expect(await simulation.finish(handle)).toEqual({ status: 'paused' });
    expect(await simulation.continueRun()).toMatchObject({ status: 'cancelled' });
    expect(calls(simulation)).toEqual(['s/create_one', 's/create_two']);
  });
});
