import { describe, expect, it } from 'vitest';
import { fault, type Script } from '../support/far-side.ts';
import { simulate, Simulation } from '../support/simulator.ts';

const minute = 60_000;
const restart = '  - { id: restart, tool: s/restart, params: { n: 1 }, budget: { max: 2, per: 10m } }';
const busy = { fault: fault('rate_limited') };
const lost = { fault: fault('connection', { outcome: 'unknown' }), hasEffect: true };

function budgetsOf({ journal, clock }: Simulation) {
  return journal.ledger.budgets('', clock.now());
}

function typesOf(simulation: Simulation): string[] {
  return simulation.events().map(({ type }) => type);
}

describe('a budget', () => {
  it('lets so many calls through in a window, over all runs, and fails the next', async () => {
    const simulation = await simulate(restart);
    await simulation.run();
    await simulation.run();

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({
      status: 'failed',
      error: { kind: 'budget_exceeded', step: 'restart', outcome: 'not_executed', transient: false, attempts: 0 },
    });
    expect(outcome.error?.message).toBe(
      'The budget "s/restart" allows 2 in 10m 00s, and 2 are used: the call was not made. ' +
        'The next is free in 10m 00s, at 2026-01-01T00:10:00.000Z.',
    );
    expect(simulation.farSide.effects).toHaveLength(2);
  });

  it('leaves no intent behind for a call that it refuses', async () => {
    const simulation = await simulate(restart.replace('max: 2', 'max: 1'));
    await simulation.run();

    await simulation.run();

    expect(typesOf(simulation)).toEqual(['run.started', 'step.started', 'attempt.ended', 'step.ended', 'run.ended']);
    expect(simulation.farSide.calls).toHaveLength(1);
    expect(simulation.telemetry.executions({ limit: 1 })).toMatchObject([
      { success: false, retryCount: 0, error: { kind: 'budget_exceeded' } },
    ]);
  });

  it('is free again after the window', async () => {
    const simulation = await simulate(restart);
    await simulation.run();
    await simulation.run();
    await simulation.clock.advance(10 * minute);

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
  });

  it('is never retried, whatever `retry.on` says', async () => {
    const simulation = await simulate(
      '  - { tool: s/restart, budget: { max: 1, per: 10m }, retry: { max: 3, on: [any] } }',
    );
    await simulation.run();

    await simulation.run();

    expect(typesOf(simulation)).not.toContain('timer.set');
  });

  it('goes to the alternatives', async () => {
    const simulation = await simulate(
      '  - { tool: s/restart, budget: { max: 1, per: 10m }, fallback: [{ tool: s/create_ticket }] }',
    );
    await simulation.run();

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(simulation.farSide.effects.map(({ target }) => target)).toEqual(['s/restart', 's/create_ticket']);
  });

  it('counts each repetition', async () => {
    const script: Script = { 's/restart': [lost] };
    const simulation = await simulate('  - { tool: s/restart, budget: { max: 3, per: 10m }, retry: 9 }', { script });

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'budget_exceeded', attempts: 3 });
    expect(simulation.farSide.effects).toHaveLength(3);
  });

  it('leaves open whether the call happened, where an earlier attempt does', async () => {
    const script: Script = { 's/restart': [lost] };
    const simulation = await simulate(
      '  - { tool: s/restart, effect: idempotent, budget: { max: 1, per: 10m }, fallback: [{ tool: s/create_ticket }] }',
      { script },
    );

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'budget_exceeded', outcome: 'unknown' });
    expect(simulation.farSide.effects.map(({ target }) => target)).toEqual(['s/restart']);
  });

  it('does not count an attempt that surely was not executed', async () => {
    const script: Script = { 's/restart': [busy, busy, { output: 'up' }] };
    const simulation = await simulate('  - { tool: s/restart, budget: { max: 1, per: 10m } }', { script });

    expect(await simulation.run()).toEqual({ status: 'succeeded', output: 'up' });
    expect(budgetsOf(simulation)).toMatchObject([{ key: 's/restart', used: 1, max: 1 }]);
  });

  it('does not count an attempt that an open circuit refuses', async () => {
    const script: Script = { 's/restart': [{ fault: fault('connection') }] };
    const guarded = 'circuit_breaker: { failures: 1, within: 1m, open_for: 1h }';
    const simulation = await simulate(`  - { tool: s/restart, budget: { max: 1, per: 1h }, retry: none, ${guarded} }`, {
      script,
    });

    await simulation.run();
    const second = await simulation.run();

    expect(second.error?.kind).toBe('circuit_open');
    expect(budgetsOf(simulation)).toMatchObject([{ used: 0 }]);
  });

  it.each([
    [
      '{ key: $run.workflow, max: 1, per: $given }',
      '0s',
      'budget.per: a duration above zero is needed, and $inputs.given is "0s"',
    ],
    ['{ key: $given, max: 1, per: 10m }', ' ', 'budget.key: is empty, so it tells nothing apart'],
    ['{ max: $given, per: 10m }', -1, 'budget.max: a whole number from 0 is needed, and $inputs.given is -1'],
  ])('makes no call with %s where it is %j', async (budget, given, message) => {
    const simulation = await simulate(
      `
inputs: { given: {} }
steps:
  - { id: restart, tool: s/restart, budget: ${budget.replace('$given', '$inputs.given')} }
`,
      { inputs: { given } },
    );

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'expression', message } });
    expect(simulation.farSide.calls).toEqual([]);
  });

  it('counts by its key, which may be computed', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/restart, budget: { key: restart $run.id, max: 1, per: 10m } }
  - { id: b, tool: s/deploy, budget: { key: restart $run.id, max: 1, per: 10m } }
`);

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'budget_exceeded', step: 'b' });
    expect(budgetsOf(simulation)).toMatchObject([{ key: 'restart run-1', used: 1 }]);
  });

  it('says nothing about reads', async () => {
    const simulation = await simulate(`
policies:
  's/*': { budget: { max: 1, per: 10m } }
steps:
  - { tool: s/get_x, cache: none }
  - { tool: s/get_x, cache: none }
`);

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(budgetsOf(simulation)).toEqual([]);
  });

  it('counts a call that a crash cut off, and counts it again where it is sent again', async () => {
    const step = '  - { tool: s/put_x, effect: idempotent, budget: { max: 2, per: 10m } }';
    const simulation = await simulate(step);

    await simulation.runWithCrash({ write: 3, when: 'before' });

    expect(simulation.farSide.effects).toHaveLength(2);
    expect(budgetsOf(simulation)).toMatchObject([{ used: 2 }]);
  });

  it('leaves it open whether a call happened that was cut off and must not be sent again', async () => {
    const step =
      '  - { tool: s/put_x, effect: idempotent, budget: { max: 1, per: 10m }, fallback: [{ tool: s/create_y }] }';
    const simulation = await simulate(step);

    const outcome = await simulation.runWithCrash({ write: 3, when: 'before' });

    expect(outcome?.error).toMatchObject({ kind: 'budget_exceeded', outcome: 'unknown' });
    expect(simulation.farSide.effects.map(({ target }) => target)).toEqual(['s/put_x']);
  });

  it('gives back what a person states as failed', async () => {
    const simulation = await simulate('  - { id: a, tool: s/create_x, budget: { max: 1, per: 10m } }');
    await simulation.runWithCrash({ write: 3, when: 'before' });

    await simulation.finish(await simulation.boot().engine.resolve('run-1', { step: 'a', as: 'failed', by: 'ann' }));

    expect(budgetsOf(simulation)).toMatchObject([{ used: 0 }]);
  });
});
