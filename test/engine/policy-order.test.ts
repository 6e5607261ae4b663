import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/actions.ts';
import type { Json } from '../../src/model/json.ts';
import { fault } from '../support/far-side.ts';
import { simulate } from '../support/simulator.ts';

/** One test for each pair of neighbours in the order of policies that `docs/semantics.md` gives. */
describe('the order of policies', () => {
  it('decides `if` before the fields are resolved', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/get_a, params: { value: 1 } }
  - { id: b, if: $a.value = 2, tool: s/get_x, params: { x: $a.missing } }
`);

    const outcome = await simulation.run();

    expect(outcome.status).toBe('succeeded');
  });

  it('resolves the fields before it looks into the cache', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/get_x, params: { x: one } }
  - { id: b, tool: s/get_x, params: { x: $a.x } }
  - { id: c, tool: s/get_x, params: { x: $a.missing } }
`);

    const outcome = await simulation.run();

    expect(simulation.farSide.calls).toHaveLength(1);
    expect(outcome.error).toMatchObject({ kind: 'undefined_reference', step: 'c' });
  });

  it('resolves the fields before it asks whether the call is refused', async () => {
    const asked: Json[] = [];
    const check = (_: string, action: Action): undefined => {
      if (action.kind === 'tool') asked.push(action.params);
    };
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_a, params: { value: 1 } }
  - { id: b, tool: s/get_x, params: { x: $a.value } }
  - { id: c, tool: s/get_x, params: { x: $a.missing } }
`,
      { refusals: { check } },
    );

    const outcome = await simulation.run();

    expect(asked).toEqual([{ value: 1 }, { x: 1 }]);
    expect(outcome.error).toMatchObject({ kind: 'undefined_reference', step: 'c' });
  });

  it('asks whether a call is refused before the cache can answer for it', async () => {
    const drift = fault('tool_drift', { transient: false });
    let asked = 0;
    const refusals = { check: () => ((asked += 1) > 1 ? drift : undefined) };
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, params: { x: 1 } }
  - { id: b, tool: s/get_x, params: { x: 1 }, fallback: { value: rescued } }
`,
      { refusals },
    );

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'tool_drift', step: 'b' });
  });

  it('resolves the fields outside the alternatives', async () => {
    const simulation = await simulate(`
  - { id: a, tool: s/get_a }
  - { id: b, tool: s/get_x, params: { x: $a.missing }, fallback: { value: rescued } }
`);

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'undefined_reference' } });
  });

  it('looks into the cache before the call and its alternatives', async () => {
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, params: { x: 1 } }
  - { id: b, tool: s/get_x, params: { x: 1 }, fallback: { value: rescued } }
`,
      { script: { 's/get_x': [{ output: 'first' }, { fault: fault('tool_error', { transient: false }) }] } },
    );

    const outcome = await simulation.run();

    expect(outcome).toEqual({ status: 'succeeded', output: 'first' });
    expect(simulation.farSide.calls).toHaveLength(1);
  });

  it('tries alternatives after the time of the step is over, each with its own time', async () => {
    const simulation = await simulate(
      `
  - id: a
    tool: s/get_x
    timeout: 5s
    attempt_timeout: 3s
    fallback: [{ tool: s/get_y, timeout: 60s, attempt_timeout: 20s }]
`,
      { script: { 's/get_x': [{ hang: true }], 's/get_y': [{ output: 'late but fine', latency: 10_000 }] } },
    );

    const outcome = await simulation.run();

    expect(outcome).toEqual({ status: 'succeeded', output: 'late but fine' });
  });

  it('counts the time over all polls', async () => {
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, until: $a.up, every: 10s, timeout: 35s }
`,
      { script: { 's/get_x': [{ output: { up: false } }] } },
    );

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'timeout', step: 'a' });
    expect(simulation.farSide.calls).toHaveLength(4);
  });

  it('gives each poll its own attempts', async () => {
    const busy = { fault: fault('http.503', { outcome: 'unknown' }) };
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, until: $a.up, every: 10s, timeout: 5m, retry: 1 }
`,
      { script: { 's/get_x': [busy, { output: { up: false } }, busy, { output: { up: true } }] } },
    );

    const outcome = await simulation.run();

    expect(outcome).toEqual({ status: 'succeeded', output: { up: true } });
    expect(simulation.farSide.calls.map(({ context }) => context.attempt)).toEqual([1, 2, 1, 2]);
  });

  it('asks the circuit breaker at each attempt', async () => {
    const down = { fault: fault('connection') };
    const simulation = await simulate(
      `
  - id: a
    tool: s/get_x
    retry: 5
    circuit_breaker: { failures: 2, within: 1m, open_for: 10m }
    fallback: { value: rescued }
`,
      { script: { 's/get_x': [down] } },
    );

    const outcome = await simulation.run();

    expect(outcome).toEqual({ status: 'succeeded', output: 'rescued' });
    expect(simulation.farSide.calls).toHaveLength(2);
  });

  it('takes no turn of the rate limit for a call that the circuit breaker refuses', async () => {
    const down = { fault: fault('connection', { transient: false }) };
    const limits = 'circuit_breaker: { failures: 1, within: 1m, open_for: 10m }, rate_limit: { max: 1, per: 1m }';
    const simulation = await simulate(`  - { tool: s/create_x, ${limits} }`, { script: { 's/create_x': [down] } });
    await simulation.run();
    const openedAt = simulation.clock.now();

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'circuit_open' });
    expect(simulation.clock.now()).toBe(openedAt);
  });

  it('holds no slot while a call waits for its turn', async () => {
    const simulation = await simulate(`
policies:
  '*': { concurrency: { max: 1, key: all } }
steps:
  - { tool: s/create_x, rate_limit: { max: 1, per: 1m } }
  - { tool: s/create_y }
`);
    const { engine } = simulation.boot();

    const handles = [await simulation.start(engine), await simulation.start(engine)];
    await simulation.clock.advance(1_000);

    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['s/create_x', 's/create_y']);
    await Promise.all(handles.map((handle) => simulation.finish(handle)));
  });

  it('counts a call in its budget when it has its slot, not while it waits for one', async () => {
    const simulation = await simulate('  - { tool: s/create_x, concurrency: 1, budget: { max: 5, per: 1h } }', {
      script: { 's/create_x': [{ output: 1, latency: 20_000 }] },
    });
    const { engine } = simulation.boot();

    const handles = [await simulation.start(engine), await simulation.start(engine)];
    await simulation.clock.advance(1_000);

    expect(simulation.journal.ledger.budgets('', simulation.clock.now())).toMatchObject([{ used: 1 }]);
    await Promise.all(handles.map((handle) => simulation.finish(handle)));
    expect(simulation.journal.ledger.budgets('', simulation.clock.now())).toMatchObject([{ used: 2 }]);
  });

  it('gives slot and turn of a call back that its budget refuses', async () => {
    const limits = 'concurrency: { max: 1, key: k }, rate_limit: { max: 2, per: 1h, key: k }';
    const simulation = await simulate(`
  - { tool: s/create_x, ${limits}, budget: { max: 1, per: 1h }, continue_on_error: true }
  - { tool: s/create_y, if: $run.id = 'run-2', ${limits} }
`);
    await simulation.run();
    const startedAt = simulation.clock.now();

    const outcome = await simulation.run();

    expect(outcome.status).toBe('succeeded');
    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['s/create_x', 's/create_y']);
    expect(simulation.clock.now()).toBe(startedAt);
  });

  it('asks what a call may cost after the circuit breaker', async () => {
    const down = { fault: fault('timeout', { outcome: 'unknown' }) };
    const guarded = 'cost: 1, retry: none, circuit_breaker: { failures: 1, within: 1m, open_for: 10m }';
    const simulation = await simulate(
      `
cost_limit: 1
steps:
  - { id: a, tool: s/create_x, ${guarded}, continue_on_error: true }
  - { id: b, tool: s/create_x, ${guarded} }
`,
      { script: { 's/create_x': [down] } },
    );

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'circuit_open', step: 'b' });
  });

  it('asks what a call may cost after the wait for its turn, and gives the turn back', async () => {
    const limits = 'concurrency: { max: 1, key: k }, rate_limit: { max: 1, per: 1m, key: k }';
    const simulation = await simulate(`
cost_limit: 1
steps:
  - { tool: s/create_x, ${limits}, cost: 1 }
  - { tool: s/create_y, ${limits}, cost: 1, fallback: [{ tool: s/create_z, ${limits} }] }
`);
    const startedAt = simulation.clock.now();

    const outcome = await simulation.run();

    expect(outcome.status).toBe('succeeded');
    expect(simulation.farSide.calls.map(({ target, at }) => [target, at - startedAt])).toEqual([
      ['s/create_x', 0],
      ['s/create_z', 60_000],
    ]);
  });

  it('counts nothing in the budget for a call that would cost too much', async () => {
    const simulation = await simulate(`
cost_limit: 1
steps:
  - { tool: s/create_x, cost: 2, budget: { max: 1, per: 1h } }
`);

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'cost_exceeded' });
    expect(simulation.journal.ledger.budgets('', simulation.clock.now())).toEqual([]);
  });

  it('counts an attempt in budget and cost that its own time ended', async () => {
    const limits = 'attempt_timeout: 20ms, retry: none, cost: 1, budget: { max: 5, per: 1h }';
    const simulation = await simulate(`  - { tool: s/create_x, ${limits} }`, {
      script: { 's/create_x': [{ hang: true }] },
    });
    const { engine } = simulation.boot();

    // The time of an attempt is the machine's: it passes while the clock of the simulation stands still.
    const outcome = await (await simulation.start(engine)).done;

    expect(outcome.error?.message).toBe('No answer within 20ms; it may have happened all the same.');
    expect(simulation.journal.ledger.budgets('', simulation.clock.now())).toMatchObject([{ used: 1 }]);
    expect(simulation.journal.ledger.costs('')).toMatchObject([{ attempts: 1, amount: 1 }]);
  });

  it('does not count the wait for a place as time of the attempt', async () => {
    const simulation = await simulate('  - { tool: s/get_x, attempt_timeout: 3s, retry: none }', {
      script: { 's/get_x': [{ output: 1, latency: 2_500 }] },
      inFlight: 1,
    });
    const { engine } = simulation.boot();

    const handles = await Promise.all([1, 2, 3].map(() => simulation.start(engine)));
    const outcomes = await Promise.all(handles.map((handle) => simulation.finish(handle)));

    expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(simulation.farSide.maxInFlight).toBe(1);
  });

  it('records no intent of a call that waits for its place', async () => {
    const simulation = await simulate(
      '  - { id: p, parallel: { a: { tool: s/create_x, params: { takes: 5000 } }, b: { tool: s/create_y } } }',
      { inFlight: 1 },
    );
    const handle = await simulation.start(simulation.boot().engine);
    await simulation.clock.advance(1_000);

    const intents = simulation.events().flatMap((event) => (event.type === 'attempt.intended' ? [event.key] : []));

    expect(intents).toEqual(['p.a#1']);
    expect(await simulation.finish(handle)).toMatchObject({ status: 'succeeded' });
  });

  it('ends an attempt at its own time and makes the next', async () => {
    const simulation = await simulate('  - { id: a, tool: s/get_x, attempt_timeout: 3s, retry: 1 }', {
      script: { 's/get_x': [{ hang: true }, { output: 'second' }] },
    });

    const outcome = await simulation.run();

    expect(outcome).toEqual({ status: 'succeeded', output: 'second' });
  });

  it('does not store what an alternative gave', async () => {
    const down = { fault: fault('tool_error', { transient: false, outcome: 'failed' }) };
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, fallback: { value: rescued } }
  - { id: b, tool: s/get_x, fallback: { value: rescued } }
`,
      { script: { 's/get_x': [down, { output: 'real' }] } },
    );

    const outcome = await simulation.run();

    expect(outcome).toEqual({ status: 'succeeded', output: 'real' });
  });
});
