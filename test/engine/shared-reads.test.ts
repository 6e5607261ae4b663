import { describe, expect, it } from 'vitest';
import type { RunHandle } from '../../src/engine/engine.ts';
import type { RunEvent } from '../../src/model/events.ts';
import { fault } from '../support/far-side.ts';
import { simulate, type Simulation } from '../support/simulator.ts';

const shared = '  - { id: a, tool: s/get_x, retry: none, cache: { ttl: 1h, scope: project } }';

function targets({ farSide }: Simulation): readonly string[] {
  return farSide.calls.map(({ target }) => target);
}

/** Starts two runs one after the other in one process, so that the first one leads. */
async function startTwo(simulation: Simulation): Promise<readonly [RunHandle, RunHandle]> {
  const { engine } = simulation.boot();
  const first = await simulation.start(engine);
  await simulation.clock.advance(10);
  const second = await simulation.start(engine);
  await simulation.clock.advance(10);
  return [first, second];
}

function endOf(simulation: Simulation, run: string): RunEvent | undefined {
  return simulation.journal.events(run).find(({ type }) => type === 'step.ended');
}

describe('equal reads of several runs at the same time', () => {
  it('make one call, and the others get its result from the cache', async () => {
    const simulation = await simulate(shared, { script: { 's/get_x': [{ output: 7, latency: 1_000 }] } });

    const handles = await startTwo(simulation);
    await Promise.all(handles.map((handle) => simulation.finish(handle)));

    expect(targets(simulation)).toEqual(['s/get_x']);
    expect(endOf(simulation, 'run-1')).toMatchObject({ output: 7, attempts: 1 });
    expect(endOf(simulation, 'run-2')).toMatchObject({ output: 7, attempts: 0, cachedAgeMs: 1_000 });
  });

  it('are each made where results are of use to their own run only', async () => {
    const simulation = await simulate('  - { id: a, tool: s/get_x }', {
      script: { 's/get_x': [{ output: 7, latency: 1_000 }] },
    });

    const handles = await startTwo(simulation);
    await Promise.all(handles.map((handle) => simulation.finish(handle)));

    expect(targets(simulation)).toEqual(['s/get_x', 's/get_x']);
  });

  it('do not share a failure: all that waited call for themselves at once', async () => {
    const broken = { fault: fault('tool_error', { transient: false }), latency: 1_000 };
    const simulation = await simulate(`${shared.slice(0, -2)}, continue_on_error: true }\n  - wait: 10s`, {
      script: { 's/get_x': [broken, { output: 7, latency: 500 }] },
    });
    const { engine } = simulation.boot();
    const runs = [await simulation.start(engine), await simulation.start(engine), await simulation.start(engine)];

    await Promise.all(runs.map((run) => simulation.finish(run)));

    expect(endOf(simulation, 'run-1')).toMatchObject({ status: 'failed' });
    expect(endOf(simulation, 'run-2')).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(endOf(simulation, 'run-3')).toMatchObject({ status: 'succeeded', attempts: 1 });
    const [begun = 0, ...later] = simulation.farSide.calls.map(({ at }) => at);
    expect(later.map((at) => at - begun)).toEqual([1_000, 1_000]);
  });

  it('go on when the one that leads is cancelled', async () => {
    const simulation = await simulate(shared, {
      script: { 's/get_x': [{ hang: true }, { output: 7 }] },
    });
    const [first, second] = await startTwo(simulation);

    first.cancel('test');

    await expect(simulation.finish(first)).resolves.toMatchObject({ status: 'cancelled' });
    await expect(simulation.finish(second)).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('go on when one that waits is cancelled, which ends at once', async () => {
    const simulation = await simulate(shared, { script: { 's/get_x': [{ output: 7, latency: 1_000 }] } });
    const [first, second] = await startTwo(simulation);
    const before = simulation.clock.now();

    second.cancel('test');

    await expect(second.done).resolves.toMatchObject({ status: 'cancelled' });
    expect(simulation.clock.now()).toBe(before);
    await expect(simulation.finish(first)).resolves.toMatchObject({ status: 'succeeded' });
    expect(targets(simulation)).toEqual(['s/get_x']);
  });

  it('wait no longer than an attempt of their own may take', async () => {
    const script = { 's/get_x': [{ output: 7, latency: 5_000 }, { output: 8 }] };
    const simulation = await simulate(shared, { script });
    const hasty = await simulate(`${shared.slice(0, -2)}, attempt_timeout: 2s }`);
    const { engine } = simulation.boot();
    const first = await simulation.start(engine);
    const begun = simulation.clock.now();

    const second = await engine.start({ ...requestOf(hasty), id: 'hasty' });

    await expect(simulation.finish(second)).resolves.toMatchObject({ output: 8 });
    expect(simulation.clock.now() - begun).toBe(2_000);
    await simulation.finish(first);
  });

  it('are not answered by a read that a write has overtaken', async () => {
    const simulation = await simulate(shared, {
      script: { 's/get_x': [{ output: 'before', latency: 1_000 }, { output: 'after' }] },
    });
    const writer = await simulate('  - { tool: s/create_x }');
    const { engine } = simulation.boot();
    const first = await simulation.start(engine);
    await simulation.clock.advance(10);
    const write = await engine.start({ ...requestOf(writer), id: 'writer' });
    await write.done;
    await simulation.clock.advance(10);

    const second = await simulation.start(engine);

    await expect(second.done).resolves.toMatchObject({ output: 'after' });
    await expect(simulation.finish(first)).resolves.toMatchObject({ output: 'before' });
  });

  it('leave a run to be stopped while it waits, with what it had done', async () => {
    const simulation = await simulate(`  - { id: made, tool: other/create_y }\n${shared}`, {
      script: { 's/get_x': [{ output: 7, latency: 1_000 }] },
    });
    const [first, second] = await startTwo(simulation);

    second.stop();

    await expect(second.done).resolves.toMatchObject({ status: 'interrupted' });
    expect(endOf(simulation, 'run-2')).toMatchObject({ key: 'made', status: 'succeeded' });
    await simulation.finish(first);
  });
});

function requestOf({ workflow }: Simulation) {
  return { workflow, source: '', inputs: {}, options: { dryRun: false, cache: true } };
}
