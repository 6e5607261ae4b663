import { describe, expect, it } from 'vitest';
import type { RunHandle } from '../../src/engine/engine.ts';
import { recordHistory } from '../../src/engine/core/history.ts';
import { foldRun } from '../../src/model/run-view-fold.ts';
import type { CallStep, Workflow } from '../../src/model/workflow.ts';
import type { ConcurrencyPolicy, RateLimitPolicy } from '../../src/model/policies.ts';
import { isCallStep } from '../../src/model/workflow.ts';
import { Simulation, workflowOf, type SimulationOptions } from '../support/simulator.ts';

type Limits = Pick<CallStep, 'rateLimit' | 'concurrency'>;

const oneASecond: RateLimitPolicy = { target: 's/create_x', max: 1, perMs: 1_000 };
const oneAtOnce: ConcurrencyPolicy = { target: 's/create_x', max: 1 };

async function simulate(steps: string, limits: Limits, given: SimulationOptions = {}): Promise<Simulation> {
  const workflow = await workflowOf(`name: test\nsteps:\n${steps}`);
  return new Simulation(withLimits(workflow, limits), given);
}

function withLimits(workflow: Workflow, limits: Limits): Workflow {
  const steps = workflow.steps.map((step) => (isCallStep(step) ? { ...step, ...limits } : step));
  return { ...workflow, hash: `${workflow.hash}-${JSON.stringify(limits)}`, steps };
}

/** Starts so many runs in one process and plays them to their ends. */
async function runTogether(simulation: Simulation, count: number): Promise<readonly string[]> {
  const { engine } = simulation.boot();
  const handles: RunHandle[] = [];
  for (let run = 0; run < count; run += 1) handles.push(await simulation.start(engine));
  const ends: string[] = [];
  for (const handle of handles) ends.push((await simulation.finish(handle)).status);
  return ends;
}

function callTimes({ farSide }: Simulation): readonly number[] {
  const first = farSide.calls[0]?.at ?? 0;
  return farSide.calls.map(({ at }) => at - first);
}

describe('a rate limit', () => {
  it('lets calls through at once while the window is not full, and records no wait', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }', { rateLimit: oneASecond });

    await simulation.run();

    expect(simulation.events().map(({ type }) => type)).not.toContain('limit.awaited');
  });

  it('has the calls of all runs wait for their turn, in order', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }', { rateLimit: oneASecond });

    await runTogether(simulation, 4);

    expect(callTimes(simulation)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(simulation.farSide.calls.map(({ context }) => context.run)).toEqual(['run-1', 'run-2', 'run-3', 'run-4']);
  });

  it('is seen in the figures of the step and of its call', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_x }', {
      rateLimit: oneASecond,
    });

    await simulation.run();

    const [first, second] = foldRun(simulation.events()).steps;
    expect([first?.waitedMs, second?.waitedMs]).toEqual([undefined, 1_000]);
    expect(simulation.telemetry.executions({ limit: 2 }).map(({ waitedMs }) => waitedMs)).toEqual([1_000, undefined]);
  });

  it('is counted from asking to the call, whichever process asked', () => {
    const key = 'a#1';
    const limit = { kind: 'rate_limit', key: 's/create_x', due: 2_000 } as const;

    const { limitWaits } = recordHistory([
      { type: 'limit.awaited', at: 1_000, key, limit },
      { type: 'run.resumed', at: 1_400, epoch: 2 },
      { type: 'limit.awaited', at: 1_500, key, limit },
      { type: 'attempt.intended', at: 2_000, key, effect: 'write', idempotencyKey: 'k' },
    ]);

    expect(limitWaits.of('a')).toBe(1_000);
  });

  it('says what is waited for and until when', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_x }', {
      rateLimit: oneASecond,
    });
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(400);
    const view = foldRun(simulation.events());

    expect(simulation.journal.find('run-1').status).toBe('waiting');
    expect(view.status).toBe('waiting');
    expect(view.steps[1]).toMatchObject({
      status: 'waiting',
      waiting: { reason: 'rate_limit', key: 's/create_x', due: simulation.clock.now() + 600 },
    });
    await simulation.finish(handle);
    expect(foldRun(simulation.events()).steps[1]?.waiting).toBeUndefined();
  });

  it('takes nothing from the time of an attempt', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_x, attempt_timeout: 500ms }',
      { rateLimit: { ...oneASecond, perMs: 60_000 } },
    );

    expect((await simulation.run()).status).toBe('succeeded');
  });

  it('fails a call at once whose turn comes after the time of its step', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_x, timeout: 30s, retry: { max: 3, on: [any] } }',
      { rateLimit: { ...oneASecond, perMs: 60_000 } },
    );
    const startedAt = simulation.clock.now();

    const { status, error } = await simulation.run();

    expect({ status, kind: error?.kind, outcome: error?.outcome }).toEqual({
      status: 'failed',
      kind: 'rate_limited',
      outcome: 'not_executed',
    });
    expect(simulation.clock.now()).toBe(startedAt);
  });

  it('is heeded by each attempt anew', async () => {
    const busy = { fault: { kind: 'http.503', message: 'busy', outcome: 'not_executed', transient: true } } as const;
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x, retry: { max: 2, delay: 1ms } }',
      { rateLimit: oneASecond },
      { script: { 's/create_x': [busy, busy, { output: 1 }] } },
    );

    await simulation.run();

    expect(callTimes(simulation)).toEqual([0, 1_000, 2_000]);
  });

  it('asks nobody about a call that was to wait when its process died', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_x }', {
      rateLimit: oneASecond,
    });
    await simulation.run();
    const writes = simulation.writes;

    for (const write of Array.from({ length: writes }, (_, index) => index + 1)) {
      const again = new Simulation(simulation.workflow);
      const outcome = await again.runWithCrash({ write, when: 'after' });
      const doubted = again.events().flatMap((event) => (event.type === 'attention.raised' ? [event.key] : []));

      const isWaiting = lastBeforeCrash(again) === 'limit.awaited';

      expect(doubted.every((key) => isIntended(again, key))).toBe(true);
      expect(isWaiting && outcome?.status === 'needs_attention').toBe(false);
    }
  });

  it('gives the turn of a cancelled run to the next', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }', { rateLimit: oneASecond });
    const { engine } = simulation.boot();
    const first = await simulation.start(engine);
    const second = await simulation.start(engine);
    await simulation.clock.advance(10);

    second.cancel('ann');
    await simulation.finish(second);
    await simulation.finish(await simulation.start(engine));
    await first.done;

    expect((await second.done).status).toBe('cancelled');
    expect(callTimes(simulation)).toEqual([0, 1_000]);
  });

  it('ends the wait when the process stops, and the run goes on later', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_x }', {
      rateLimit: oneASecond,
    });
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(100);

    handle.stop();
    const stopped = await simulation.finish(handle);

    expect(stopped.status).toBe('interrupted');
    expect((await simulation.continueRun()).status).toBe('succeeded');
    expect(callTimes(simulation)).toEqual([0, 1_000]);
  });
});

function isIntended(simulation: Simulation, key: string): boolean {
  return simulation.events().some((event) => event.type === 'attempt.intended' && event.key === key);
}

/** The last that was recorded before another process took over. */
function lastBeforeCrash(simulation: Simulation): string | undefined {
  const events = simulation.events();
  return events[events.findIndex(({ type }) => type === 'run.resumed') - 1]?.type;
}

describe('a concurrency limit', () => {
  it('keeps calls of all runs from being under way together', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }',
      { concurrency: { ...oneAtOnce, max: 2 } },
      { script: { 's/create_x': [{ output: 1, latency: 1_000 }] } },
    );

    const ends = await runTogether(simulation, 6);

    expect(new Set(ends)).toEqual(new Set(['succeeded']));
    expect(simulation.farSide.maxInFlight).toBe(2);
    expect(callTimes(simulation)).toEqual([0, 0, 1_000, 1_000, 2_000, 2_000]);
  });

  it('gives slots in the order in which they were asked for', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }',
      { concurrency: oneAtOnce },
      { script: { 's/create_x': [{ output: 1, latency: 300 }] } },
    );

    await runTogether(simulation, 5);

    const order = simulation.farSide.calls.map(({ context }) => context.run);
    expect(order).toEqual(['run-1', 'run-2', 'run-3', 'run-4', 'run-5']);
  });

  it('says what is waited for', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }',
      { concurrency: oneAtOnce },
      { script: { 's/create_x': [{ output: 1, latency: 10_000 }] } },
    );
    const { engine } = simulation.boot();
    await simulation.start(engine);
    await simulation.start(engine);
    await simulation.clock.advance(1_000);

    expect(foldRun(simulation.events()).steps[0]?.waiting).toEqual({
      reason: 'concurrency',
      key: 's/create_x',
      max: 1,
    });
  });

  it('frees the slot of a call that failed or was cancelled', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }',
      { concurrency: oneAtOnce },
      { script: { 's/create_x': [{ hang: true }, { output: 1 }] } },
    );
    const { engine } = simulation.boot();
    const first = await simulation.start(engine);
    const second = await simulation.start(engine);
    await simulation.clock.advance(100);

    first.cancel('ann');
    await simulation.finish(first);

    expect((await simulation.finish(second)).status).toBe('succeeded');
  });

  it('lets the next in line go ahead when one gives up', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }',
      { concurrency: oneAtOnce },
      { script: { 's/create_x': [{ output: 1, latency: 1_000 }] } },
    );
    const { engine } = simulation.boot();
    const [first, second, third] = [
      await simulation.start(engine),
      await simulation.start(engine),
      await simulation.start(engine),
    ];
    await simulation.clock.advance(100);

    second.cancel('ann');
    await simulation.finish(second);
    await simulation.finish(first);
    await simulation.finish(third);

    expect(callTimes(simulation)).toEqual([0, 1_000]);
  });

  it('fails a call when the time of its step is over before a slot is free', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x, timeout: 5s }',
      { concurrency: oneAtOnce },
      { script: { 's/create_x': [{ output: 1, latency: 4_000 }] } },
    );
    const { engine } = simulation.boot();
    await simulation.start(engine);
    const [second, third] = [await simulation.start(engine), await simulation.start(engine)];
    await simulation.finish(second);

    const { error } = await simulation.finish(third);

    expect(error).toMatchObject({ kind: 'timeout', outcome: 'not_executed' });
    expect(simulation.farSide.calls).toHaveLength(2);
  });
});

describe('both limits on one call', () => {
  it('hold no slot while a turn is waited for', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }', {
      rateLimit: oneASecond,
      concurrency: oneAtOnce,
    });

    await runTogether(simulation, 3);

    expect(callTimes(simulation)).toEqual([0, 1_000, 2_000]);
  });

  it('take no turn while a slot is waited for', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/create_x }',
      { rateLimit: { ...oneASecond, max: 2, perMs: 10_000 }, concurrency: oneAtOnce },
      { script: { 's/create_x': [{ output: 1, latency: 9_000 }] } },
    );

    await runTogether(simulation, 4);

    expect(callTimes(simulation)).toEqual([0, 9_000, 18_000, 27_000]);
  });
});

describe('a circuit that opens while calls wait for a limit', () => {
  it('refuses them', async () => {
    const down = { fault: { kind: 'connection', message: 'down', outcome: 'not_executed', transient: false } } as const;
    const workflow = await workflowOf(
      'name: test\nsteps:\n  - { id: a, tool: s/create_x, circuit_breaker: { failures: 1 } }',
    );
    const simulation = new Simulation(withLimits(workflow, { concurrency: oneAtOnce }), {
      script: { 's/create_x': [{ ...down, latency: 1_000 }] },
    });
    const { engine } = simulation.boot();
    const [first, second] = [await simulation.start(engine), await simulation.start(engine)];

    await simulation.finish(first);

    expect((await simulation.finish(second)).error?.kind).toBe('circuit_open');
    expect(simulation.farSide.calls).toHaveLength(1);
  });
});
