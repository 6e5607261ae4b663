import { describe, expect, it } from 'vitest';
import { fault } from '../support/far-side.ts';
import { simulate } from '../support/simulator.ts';

const lost = { fault: fault('http.503', { outcome: 'unknown' }) };

describe('the idempotency key of a call', () => {
  it('is the same for all its attempts', async () => {
    const simulation = await simulate('  - { id: a, tool: s/put_x, effect: idempotent, retry: 3 }', {
      script: { 's/put_x': [lost, lost, { output: 1 }] },
    });

    await simulation.run();

    const keys = simulation.farSide.calls.map(({ context }) => context.idempotencyKey);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('is another one for each poll', async () => {
    const simulation = await simulate('  - { id: a, tool: s/put_x, until: $a.up, every: 10s, timeout: 5m }', {
      script: { 's/put_x': [{ output: { up: false } }, { output: { up: false } }, { output: { up: true } }] },
    });

    await simulation.run();

    expect(new Set(simulation.farSide.calls.map(({ context }) => context.idempotencyKey)).size).toBe(3);
  });

  it('is another one for each alternative', async () => {
    const broken = { fault: fault('tool_error', { outcome: 'failed', transient: false }) };
    const simulation = await simulate(
      '  - { id: a, tool: s/put_x, fallback: [{ tool: s/put_y }, { tool: s/put_z }] }',
      {
        script: { 's/put_x': [broken], 's/put_y': [broken] },
      },
    );

    await simulation.run();

    expect(new Set(simulation.farSide.calls.map(({ context }) => context.idempotencyKey)).size).toBe(3);
  });

  it('is another one in each run', async () => {
    const simulation = await simulate('  - { id: a, tool: s/put_x }');

    await simulation.run();
    await simulation.run();

    expect(new Set(simulation.farSide.calls.map(({ context }) => context.idempotencyKey)).size).toBe(2);
  });

  it("is the author's own where there is one", async () => {
    const simulation = await simulate(`
  - { id: order, set: { number: "4711" } }
  - { id: a, tool: s/put_x, idempotency_key: order-$order.number }
`);

    await simulation.run();

    expect(simulation.farSide.calls.map(({ context }) => context.idempotencyKey)).toEqual(['order-4711']);
  });
});
