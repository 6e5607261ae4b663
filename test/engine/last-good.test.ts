import { describe, expect, it } from 'vitest';

import { fault, type Answer } from '../support/far-side.ts';
import { simulate, type Simulation } from '../support/simulator.ts';

const broken: Answer = { fault: fault('tool_error', { transient: false }) };
const good: Answer = { output: 'good' };

/** A read that succeeds in the first run and fails in every later one. */
function readThatBreaks(cache: string, more = ''): Promise<Simulation> {
  return simulate(`  - { id: a, tool: s/get_x, cache: { ${cache} }${more} }`, {
    script: { 's/get_x': [good, broken] },
  });
}

describe('`stale_if_error`', () => {
  it('serves the last good result when the call fails after its expiry, and says so', async () => {
    const simulation = await readThatBreaks('ttl: 5m, scope: project, stale_if_error: 1h');
    await simulation.run();
    await simulation.clock.advance(1_800_000);

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'succeeded', output: 'good' });
    const end = simulation.events().find((event) => event.type === 'step.ended');
    expect(end).toMatchObject({ cachedAgeMs: 1_800_000, fallback: 'a/last_good', attempts: 1 });
  });

  it('tells expressions that a cached result stood in', async () => {
    const simulation = await simulate(
      `steps:
  - { id: a, tool: s/get_x, cache: { ttl: 5m, scope: project, stale_if_error: 1h } }
output: { cached: $steps.a.cached, fallback: $steps.a.fallback_used }`,
      { script: { 's/get_x': [good, broken] } },
    );
    await simulation.run();
    await simulation.clock.advance(600_000);

    await expect(simulation.run()).resolves.toMatchObject({ output: { cached: true, fallback: true } });
  });

  it('asks the tool first, however new the expired result is', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/get_x, cache: { ttl: 5m, scope: project, stale_if_error: 1h } }',
      { script: { 's/get_x': [good, { output: 'new' }] } },
    );
    await simulation.run();
    await simulation.clock.advance(300_000);

    await expect(simulation.run()).resolves.toMatchObject({ output: 'new' });
  });

  it('lets the call fail with its own fault when the result is older than that', async () => {
    const simulation = await readThatBreaks('ttl: 5m, scope: project, stale_if_error: 1h');
    await simulation.run();
    await simulation.clock.advance(300_000 + 3_600_000);

    await expect(simulation.run()).resolves.toMatchObject({ status: 'failed', error: { kind: 'tool_error' } });
  });

  it('comes after the alternatives of `fallback`', async () => {
    const simulation = await readThatBreaks(
      'ttl: 5m, scope: project, stale_if_error: 1h',
      ', fallback: { tool: other/get_x, cache: none }',
    );
    await simulation.run();
    await simulation.clock.advance(600_000);

    await expect(simulation.run()).resolves.toMatchObject({ output: { id: 'other/get_x-1' } });
  });

  it('helps where no alternative gives a result', async () => {
    const simulation = await simulate(
      `  - id: a
    tool: s/get_x
    cache: { ttl: 5m, scope: project, stale_if_error: 1h }
    fallback: { tool: other/get_x, cache: none, retry: none }`,
      { script: { 's/get_x': [good, broken], 'other/get_x': [broken] } },
    );
    await simulation.run();
    await simulation.clock.advance(600_000);

    await expect(simulation.run()).resolves.toMatchObject({ status: 'succeeded', output: 'good' });
  });

  it('does not serve a result that a write at the server has overtaken', async () => {
    const simulation = await simulate(
      `steps:
  - { id: a, tool: s/get_x, cache: { ttl: 5m, scope: project, stale_if_error: 1h } }
  - { id: b, tool: s/create_x }`,
      { script: { 's/get_x': [{ ...good, latency: 1 }, broken] } },
    );
    await simulation.run();
    await simulation.clock.advance(600_000);

    await expect(simulation.run()).resolves.toMatchObject({ status: 'failed' });
  });

  it('serves nothing to a run that is cancelled', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/get_x, cache: { ttl: 5m, scope: project, stale_if_error: 1h } }',
      { script: { 's/get_x': [good, { hang: true }] } },
    );
    await simulation.run();
    await simulation.clock.advance(600_000);
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(0);

    handle.cancel('test');

    await expect(simulation.finish(handle)).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('stands in the execution log: the call that failed, and the result that stood in', async () => {
    const simulation = await readThatBreaks('ttl: 5m, scope: project, stale_if_error: 1h');
    await simulation.run();
    await simulation.clock.advance(600_000);
    await simulation.run();

    expect(simulation.telemetry.executions({ run: 'run-2', limit: 10 })).toMatchObject([
      { success: true, cache: 'hit', fallbackUsed: true },
      { success: false, cache: 'miss', fallbackUsed: false },
    ]);
  });
});
