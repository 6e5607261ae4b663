import { describe, expect, it } from 'vitest';
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

  it('takes a place only after the circuit breaker lets the call through', async () => {
    const simulation = await simulate(
      `
  - { id: a, tool: s/get_x, retry: none, circuit_breaker: { failures: 1, within: 1m, open_for: 10m }, continue_on_error: true }
  - { id: b, tool: s/get_x, params: { again: true }, retry: none, circuit_breaker: { failures: 1, within: 1m, open_for: 10m } }
`,
      { script: { 's/get_x': [{ fault: fault('connection') }] }, inFlight: 1 },
    );
    const { engine } = simulation.boot();
    const other = await simulate('  - { tool: s/get_slow }', { script: { 's/get_slow': [{ hang: true }] } });
    expect(other.workflow.name).toBe('test');

    const outcome = await simulation.finish(await simulation.start(engine));

    expect(outcome.error).toMatchObject({ kind: 'circuit_open', step: 'b' });
    expect(simulation.farSide.calls).toHaveLength(1);
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
