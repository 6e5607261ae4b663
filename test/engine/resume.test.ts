import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../src/engine/parts.ts';
import { fault } from '../support/far-side.ts';
import { simulate, type CrashPoint, type Simulation } from '../support/simulator.ts';

/** The effect happens, and the process dies before it can record the outcome: write 1 starts the run. */
const inFlight: CrashPoint = { write: 2, when: 'before' };

async function settle(
  simulation: Simulation,
  as: 'done' | 'failed' | 'retry',
  output?: { readonly id: string },
): Promise<RunOutcome> {
  const { engine } = simulation.boot();
  const stated = output === undefined ? {} : { output };
  return simulation.finish(await engine.resolve('run-1', { step: 'a', as, by: 'ann', ...stated }));
}

/** The process is stopped in an orderly way while the run waits. */
async function interruptAfter(simulation: Simulation, ms: number): Promise<void> {
  const handle = await simulation.start(simulation.boot().engine);
  await simulation.clock.advance(ms);
  handle.stop();
  await handle.done;
}

describe('a call that was in flight when the process died', () => {
  it('is made again with the same key when it is a read', async () => {
    const simulation = await simulate('  - { id: a, tool: s/get_x }');

    const outcome = await simulation.runWithCrash(inFlight);

    expect(outcome).toMatchObject({ status: 'succeeded' });
    const keys = simulation.farSide.calls.map(({ context }) => context.idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('is made again with the same key when it is idempotent', async () => {
    const simulation = await simulate('  - { id: a, tool: s/put_x, effect: idempotent }');

    await simulation.runWithCrash(inFlight);

    expect(new Set(simulation.farSide.effects.map(({ key }) => key)).size).toBe(1);
    expect(simulation.farSide.effects).toHaveLength(2);
  });

  it('needs attention when it is a write', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }');

    const outcome = await simulation.runWithCrash(inFlight);

    expect(outcome).toEqual({ status: 'needs_attention' });
    expect(simulation.farSide.effects).toHaveLength(1);
    expect(simulation.journal.find('run-1').status).toBe('needs_attention');
  });

  it('still needs attention after another resume', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }');
    await simulation.runWithCrash(inFlight);

    const outcome = await simulation.continueRun();

    expect(outcome).toEqual({ status: 'needs_attention' });
    expect(simulation.events().filter(({ type }) => type === 'attention.raised')).toHaveLength(1);
  });

  it('takes the stated result when it is resolved as done', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/create_x }
  - { id: b, set: { id: $a.id } }
`);
    await simulation.runWithCrash(inFlight);

    const outcome = await settle(simulation, 'done', { id: 'cus_1' });

    expect(outcome).toEqual({ status: 'succeeded', output: { id: 'cus_1' } });
    expect(simulation.farSide.effects).toHaveLength(1);
  });

  it('is made again with the same key when it is resolved as retry', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }');
    await simulation.runWithCrash(inFlight);

    const outcome = await settle(simulation, 'retry');

    expect(outcome.status).toBe('succeeded');
    expect(new Set(simulation.farSide.effects.map(({ key }) => key)).size).toBe(1);
  });

  it('fails and tries its alternatives when it is resolved as failed', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x, fallback: [{ tool: s/create_y }] }');
    await simulation.runWithCrash(inFlight);

    const outcome = await settle(simulation, 'failed');

    expect(outcome.status).toBe('succeeded');
    expect(simulation.farSide.effects.map(({ target }) => target)).toEqual(['s/create_x', 's/create_y']);
  });

  it('cannot be resolved at a step that does not wait', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }');
    await simulation.runWithCrash(inFlight);
    const { engine } = simulation.boot();

    const resolved = engine.resolve('run-1', { step: 'b', as: 'done', by: 'ann' });

    await expect(resolved).rejects.toMatchObject({ code: 'RUN_STEP_NOT_WAITING', hint: 'These do: a.' });
  });

  it('is made again when `on_interrupt` says retry', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x, on_interrupt: retry }');

    expect(await simulation.runWithCrash(inFlight)).toMatchObject({ status: 'succeeded' });
    expect(simulation.farSide.effects).toHaveLength(2);
  });

  it('fails with an unknown outcome when `on_interrupt` says fail', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x, on_interrupt: fail, retry: 3 }');

    const outcome = await simulation.runWithCrash(inFlight);

    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'outcome_unknown', outcome: 'unknown' } });
    expect(simulation.farSide.effects).toHaveLength(1);
  });

  it('ends as cancelled when the run is cancelled instead', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }');
    await simulation.runWithCrash(inFlight);

    const outcome = await simulation.finish(await simulation.boot().engine.cancel('run-1', 'ann'));

    expect(outcome).toEqual({ status: 'cancelled' });
    expect(simulation.farSide.effects).toHaveLength(1);
  });
});

describe('a resumed run', () => {
  it('has the attempts that were left', async () => {
    const down = { fault: fault('connection') };
    const simulation = await simulate(
      '  - { id: a, tool: s/get_x, retry: { max: 3, delay: 10s, backoff: constant } }',
      {
        script: { 's/get_x': [down] },
      },
    );
    const { engine, owner } = simulation.boot();
    const handle = await simulation.start(engine);
    await simulation.clock.advance(15_000);
    handle.stop();
    await handle.done;
    expect(simulation.farSide.calls).toHaveLength(2);
    expect(owner.instance).toBe('life-1');

    const outcome = await simulation.continueRun();

    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'connection', attempts: 4 } });
    expect(simulation.farSide.calls).toHaveLength(4);
  });

  it('waits the time that was left', async () => {
    const simulation = await simulate('  - { id: a, wait: 1h }\n  - { id: b, tool: s/get_x }');
    const begun = simulation.clock.now();
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(20 * 60_000);
    handle.stop();
    expect(await handle.done).toEqual({ status: 'interrupted' });

    await simulation.continueRun();

    expect((simulation.farSide.calls[0]?.at ?? 0) - begun).toBe(3_600_000);
  });

  it.each([
    ['waits no longer than the wait was meant to be', '{ id: a, wait: 10m }', 600_000],
    ['gives a step no more time than it had', '{ id: a, wait: 1h, timeout: 10m, continue_on_error: true }', 600_000],
    ['waits no longer between two polls', '{ id: a, tool: s/get_y, until: $a.up, every: 10m, timeout: 1d }', 600_000],
  ])('%s where the clock was set back by days', async (_, step, longestMs) => {
    const simulation = await simulate(`  - ${step}\n  - { id: b, tool: s/get_x }`, {
      script: { 's/get_y': [{ output: { up: false } }, { output: { up: true } }] },
    });
    await interruptAfter(simulation, 60_000);
    await simulation.clock.advance(-2 * 86_400_000);
    const resumedAt = simulation.clock.now();

    await simulation.continueRun();

    const calledAt = simulation.farSide.calls.find(({ context }) => context.step === 'b')?.at ?? 0;
    expect(calledAt - resumedAt).toBe(longestMs);
  });

  it('does not lengthen the time-out of a call where the clock was set back by days', async () => {
    const simulation = await simulate('  - { id: a, tool: s/get_x, until: $a.up, every: 10s, timeout: 60s }', {
      script: { 's/get_x': [{ output: { up: false } }] },
    });
    await interruptAfter(simulation, 35_000);
    await simulation.clock.advance(-2 * 86_400_000);
    const resumedAt = simulation.clock.now();

    const outcome = await simulation.continueRun();

    expect(outcome.error).toMatchObject({ kind: 'timeout' });
    expect(simulation.clock.now() - resumedAt).toBe(60_000);
  });

  it('keeps an appointed time, whatever the clock was set to', async () => {
    const simulation = await simulate('  - { wait: { until: "2026-01-01T01:00:00Z" } }');
    await interruptAfter(simulation, 60_000);
    await simulation.clock.advance(-2 * 86_400_000);

    await simulation.continueRun();

    expect(new Date(simulation.clock.now()).toISOString()).toBe('2026-01-01T01:00:00.000Z');
  });

  it('takes a clock that was set forward for time that has passed', async () => {
    const simulation = await simulate('  - { wait: 1h }');
    await interruptAfter(simulation, 60_000);
    await simulation.clock.advance(2 * 86_400_000);
    const resumedAt = simulation.clock.now();

    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded' });
    expect(simulation.clock.now()).toBe(resumedAt);
  });

  it('fails a wait that the time-out of its step cuts short', async () => {
    const simulation = await simulate('  - { id: a, wait: 1h, timeout: 10m }');
    await interruptAfter(simulation, 60_000);

    expect(await simulation.continueRun()).toMatchObject({ status: 'failed', error: { kind: 'timeout' } });
  });

  it('keeps the time-out that the step had', async () => {
    const simulation = await simulate('  - { id: a, tool: s/get_x, until: $a.up, every: 10s, timeout: 60s }', {
      script: { 's/get_x': [{ output: { up: false } }] },
    });
    const begun = simulation.clock.now();
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(35_000);
    handle.stop();
    await handle.done;
    await simulation.clock.advance(10_000);

    const outcome = await simulation.continueRun();

    expect(outcome.error).toMatchObject({ kind: 'timeout' });
    expect(simulation.clock.now() - begun).toBe(60_000);
  });

  it('keeps what was drawn and told before', async () => {
    const simulation = await simulate(
      '  - { id: a, tool: s/get_x, params: { id: "${{ $uuid() }}", at: "${{ $now() }}" } }',
    );

    await simulation.runWithCrash(inFlight);

    const [first, second] = simulation.farSide.calls.map(({ action }) => action);
    expect(second).toEqual(first);
  });

  it('never makes a completed call again', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, wait: 1h }');
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);
    handle.stop();
    await handle.done;

    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded' });
    expect(simulation.farSide.effects).toHaveLength(1);
  });

  it('stays cancelled when it dies after the request', async () => {
    const simulation = await simulate('steps:\n  - { id: a, wait: 1h }\nfinally:\n  - { id: clean, tool: s/post_x }');
    const { engine, owner } = simulation.boot();
    const handle = await simulation.start(engine);
    await simulation.clock.advance(1_000);
    await simulation.journal.append('run-1', 1, [{ type: 'cancel.requested', at: 0, by: 'ann' }]);
    handle.stop();
    await handle.done;
    expect(owner.instance).toBe('life-1');

    expect(await simulation.continueRun()).toEqual({ status: 'cancelled' });
    expect(simulation.farSide.effects).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('lets the call in flight finish, records it, and begins nothing new', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x }\n  - { id: b, tool: s/create_y }', {
      script: { 's/create_x': [{ output: 1, latency: 5_000 }] },
    });
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.stop();
    const outcome = await simulation.finish(handle);

    expect(outcome).toEqual({ status: 'interrupted' });
    expect(simulation.farSide.effects.map(({ target }) => target)).toEqual(['s/create_x']);
    expect(await simulation.continueRun()).toMatchObject({ status: 'succeeded' });
    expect(simulation.farSide.effects.map(({ target }) => target)).toEqual(['s/create_x', 's/create_y']);
  });
});
