import { describe, expect, it } from 'vitest';
import { fault } from '../support/far-side.ts';
import { Simulation, workflowOf } from '../support/simulator.ts';

const down = { fault: fault('connection', { transient: false }) };
const up = { output: 1 };

/** How runs of one call end, one after the other on a clock of their own, the circuit breaker being written so. */
async function ends(breaker: string, script: readonly (typeof down | typeof up)[], everyMs = 1_000) {
  const workflow = await workflowOf(
    `name: test\nsteps:\n  - { tool: s/create_x, retry: none, circuit_breaker: ${breaker} }\n`,
  );
  const simulation = new Simulation(workflow, { script: { 's/create_x': script } });
  const { engine } = simulation.boot();
  const found: string[] = [];
  for (const _ of script) {
    const handle = await simulation.start(engine);
    const { status, error } = await simulation.finish(handle);
    found.push(error?.kind ?? status);
    await simulation.clock.advance(everyMs);
  }
  return found;
}

describe('a circuit breaker written in a workflow', () => {
  it('with `consecutive` opens after failures in a row, and a success forgives those before it', async () => {
    const breaker = '{ consecutive: 2, open_for: 1h }';

    expect(await ends(breaker, [down, up, down, up, down, down, up])).toEqual([
      'connection',
      'succeeded',
      'connection',
      'succeeded',
      'connection',
      'connection',
      'circuit_open',
    ]);
    expect(await ends(breaker, [down, down, up], 600_000)).toEqual(['connection', 'connection', 'circuit_open']);
  });

  it('with `failures` opens also where calls succeed between them, and forgets those outside of its window', async () => {
    const breaker = '{ failures: 2, within: 1m, open_for: 1h }';

    expect(await ends(breaker, [down, up, down, up])).toEqual([
      'connection',
      'succeeded',
      'connection',
      'circuit_open',
    ]);
    expect(await ends(breaker, [down, down, up], 90_000)).toEqual(['connection', 'connection', 'succeeded']);
  });

  it('with `rate` opens when that share has failed, once there were `minimum` calls', async () => {
    const breaker = '{ rate: 0.5, minimum: 4, within: 1m, open_for: 1h }';

    expect(await ends(breaker, [down, down, down, down, up])).toEqual([
      'connection',
      'connection',
      'connection',
      'connection',
      'circuit_open',
    ]);
    expect(await ends(breaker, [up, up, down, down, up])).toEqual([
      'succeeded',
      'succeeded',
      'connection',
      'connection',
      'circuit_open',
    ]);
    expect(await ends(breaker, [up, up, up, down, up])).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'connection',
      'succeeded',
    ]);
  });

  it('tries the target again after `open_for`', async () => {
    expect(await ends('{ consecutive: 1, open_for: 5s }', [down, up, up], 6_000)).toEqual([
      'connection',
      'succeeded',
      'succeeded',
    ]);
  });
});
