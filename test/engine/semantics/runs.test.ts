import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../src/model/run-view-fold.ts';
import { fault } from '../../support/far-side.ts';
import { simulate, type Simulation } from '../../support/simulator.ts';

const broken = { 's/get_bad': [{ fault: fault('tool_error', { transient: false, outcome: 'failed' as const }) }] };

function statuses(simulation: Simulation): Record<string, string> {
  const { steps } = foldRun(simulation.events(), simulation.workflow);
  return Object.fromEntries(steps.map(({ key, status }) => [key, status]));
}

describe('how a run ends', () => {
  it('succeeds when all steps succeed or are skipped', async () => {
    const simulation = await simulate(`
  - { id: a, set: { x: 1 } }
  - { id: b, if: $a.x = 2, set: { y: 1 } }
`);

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: { x: 1 } });
    expect(statuses(simulation)).toEqual({ a: 'succeeded', b: 'skipped' });
  });

  it('fails a run that had no error when a step of `finally` fails', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, set: { x: 1 } }
finally:
  - { id: clean, tool: s/get_bad }
  - { id: after, set: { y: 1 } }
`,
      { script: broken },
    );

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { step: 'finally/clean', kind: 'tool_error' } });
    expect(statuses(simulation)).toMatchObject({ 'finally/after': 'succeeded' });
  });

  it('succeeds when the failed step says `continue_on_error`', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, tool: s/get_bad, continue_on_error: true }
  - { id: b, set: { seen: $steps.a.status, code: $steps.a.error.code } }
on_failure:
  - { id: notice, tool: s/post_notice }
`,
      { script: broken },
    );

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: { seen: 'failed', code: 'tool_error' } });
  });

  it('with `fail_fast` runs `on_failure` at once and leaves later steps pending', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, tool: s/get_bad }
  - { id: b, set: { x: 1 } }
on_failure:
  - { id: notice, tool: s/post_notice, params: { step: $last_error.step, code: $last_error.code } }
finally:
  - { id: clean, tool: s/post_clean }
`,
      { script: broken },
    );

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { step: 'a', kind: 'tool_error', attempts: 1 } });
    expect(statuses(simulation)).toEqual({
      a: 'failed',
      b: 'pending',
      'on_failure/notice': 'succeeded',
      'finally/clean': 'succeeded',
    });
    expect(simulation.farSide.calls[1]?.action).toMatchObject({ params: { step: 'a', code: 'tool_error' } });
  });

  it('without `fail_fast` runs every step whose references succeeded, then `on_failure`', async () => {
    const simulation = await simulate(
      `
fail_fast: false
steps:
  - { id: a, tool: s/get_bad }
  - { id: b, set: { x: $a.id } }
  - { id: c, set: { x: 1 } }
  - { id: d, set: { x: $b.x } }
on_failure:
  - { id: notice, tool: s/post_notice }
`,
      { script: broken },
    );

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { step: 'a' } });
    expect(statuses(simulation)).toEqual({
      a: 'failed',
      b: 'skipped',
      c: 'succeeded',
      d: 'skipped',
      'on_failure/notice': 'succeeded',
    });
  });

  it('keeps the first error when a handler fails, and runs the next handler', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, fail: { code: out_of_stock, message: Nothing left } }
on_failure:
  - { id: one, tool: s/get_bad }
  - { id: two, tool: s/post_notice }
`,
      { script: broken },
    );

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ step: 'a', kind: 'out_of_stock', message: 'Nothing left' });
    expect(statuses(simulation)).toMatchObject({ 'on_failure/one': 'failed', 'on_failure/two': 'succeeded' });
  });

  it('ends with the value of `return` and runs `finally`', async () => {
    const simulation = await simulate(`
steps:
  - { id: a, set: { x: 1 } }
  - { return: { x: $a.x } }
  - { id: never, tool: s/get_x }
finally:
  - { id: clean, tool: s/post_clean }
output: { other: true }
`);

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: { x: 1 } });
    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['s/post_clean']);
  });

  it('fails when `return` follows a failed step without `fail_fast`', async () => {
    const simulation = await simulate(
      `
fail_fast: false
steps:
  - { id: a, tool: s/get_bad }
  - { return: done }
`,
      { script: broken },
    );

    expect(await simulation.run()).toMatchObject({ status: 'failed', error: { step: 'a' } });
  });

  it('fails without a step when `output` cannot be evaluated', async () => {
    const simulation = await simulate(`
steps:
  - { id: a, tool: s/get_x }
on_failure:
  - { id: notice, tool: s/post_notice }
output: { x: $a.nothing }
`);

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'undefined_reference' } });
    expect(outcome.error?.message).toContain('output.x: $a.nothing is undefined');
    expect(outcome.error).not.toHaveProperty('step');
    expect(statuses(simulation)).toMatchObject({ 'on_failure/notice': 'succeeded' });
  });

  it('is null for a run without any result', async () => {
    const simulation = await simulate('  - log: Nothing to do');

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: null });
  });
});

describe('a cancelled run', () => {
  const slow = { 's/get_slow': [{ output: 1, latency: 60_000 }] };

  it('aborts the call in flight, skips `on_failure` and runs `finally`', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, tool: s/get_slow }
  - { id: b, set: { x: 1 } }
on_failure:
  - { id: notice, tool: s/post_notice }
finally:
  - { id: clean, tool: s/post_clean }
`,
      { script: slow },
    );
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.cancel('ann');
    const outcome = await simulation.finish(handle);

    expect(outcome).toEqual({ status: 'cancelled' });
    expect(statuses(simulation)).toEqual({ a: 'cancelled', b: 'pending', 'finally/clean': 'succeeded' });
    expect(simulation.farSide.inFlight).toBe(0);
  });

  it('ends a wait at once', async () => {
    const simulation = await simulate('  - { id: a, wait: 30d }');
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.cancel('ann');

    expect(await simulation.finish(handle)).toEqual({ status: 'cancelled' });
  });

  it('lets `finally` run to its end', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, set: { x: 1 } }
finally:
  - { id: clean, tool: s/get_slow }
`,
      { script: slow },
    );
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.cancel('ann');

    expect(await simulation.finish(handle)).toEqual({ status: 'succeeded', output: { x: 1 } });
  });

  it('stays failed when it had failed before', async () => {
    const simulation = await simulate(
      `
steps:
  - { id: a, tool: s/get_bad }
on_failure:
  - { id: one, tool: s/get_slow }
  - { id: two, tool: s/post_notice }
finally:
  - { id: clean, tool: s/post_clean }
`,
      { script: { ...broken, ...slow } },
    );
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    handle.cancel('ann');
    const outcome = await simulation.finish(handle);

    expect(outcome).toMatchObject({ status: 'failed', error: { step: 'a' } });
    expect(statuses(simulation)).toEqual({
      a: 'failed',
      'on_failure/one': 'cancelled',
      'finally/clean': 'succeeded',
    });
  });
});
