import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/model/events.ts';
import { fault, type Script } from '../support/far-side.ts';
import { simulate, type Simulation } from '../support/simulator.ts';

const lost = { fault: fault('connection', { outcome: 'unknown' }) };
const busy = { fault: fault('rate_limited') };

function costsOf(simulation: Simulation): (number | undefined)[] {
  const ended = simulation.events().filter((event): event is RunEvent & { type: 'attempt.ended' } => {
    return event.type === 'attempt.ended';
  });
  return ended.map(({ cost }) => cost);
}

function total(simulation: Simulation): number {
  return simulation.journal.ledger.costs('').reduce((sum, { amount }) => sum + amount, 0);
}

const askTwice = (limit: number, cost: string): string => `
cost_limit: ${limit}
steps:
  - { id: a, tool: llm/ask, effect: write, params: { price: 3 }, cost: ${cost} }
  - { id: b, tool: llm/ask, effect: write, params: { price: 3 }, cost: ${cost}, retry: { max: 3, on: [any] } }
`;

describe('the cost of a call', () => {
  it('is recorded with the end of its attempt', async () => {
    const simulation = await simulate(askTwice(10, '0.1'));

    await simulation.run();

    expect(costsOf(simulation)).toEqual([0.1, 0.1]);
    expect(simulation.journal.ledger.costs('')).toMatchObject([
      { run: 'run-1', workflow: 'test', server: 'llm', tool: 'ask', attempts: 2, amount: 0.2, day: '2026-01-01' },
    ]);
  });

  it('may be computed from params and result', async () => {
    const script: Script = { 'llm/ask': [{ output: { tokens: 200 } }] };
    const simulation = await simulate(askTwice(99, '"${{ $result.tokens * $params.price / 1000 }}"'), { script });

    await simulation.run();

    expect(costsOf(simulation)).toEqual([0.6, 0.6]);
  });

  it('counts for each attempt that may have been executed, and for no other', async () => {
    const script: Script = { 'llm/ask': [lost, busy, { output: 1 }] };
    const simulation = await simulate('  - { tool: llm/ask, effect: write, cost: 0.1, retry: 3 }', { script });

    await simulation.run();

    expect(costsOf(simulation)).toEqual([0.1, undefined, 0.1]);
  });

  it('is what the last call of the tool cost, where a computed one has no result', async () => {
    const script: Script = { 'llm/ask': [{ output: { cost: 2 } }, lost, { output: { cost: 3 } }] };
    const simulation = await simulate(askTwice(99, '$result.cost'), { script });

    await simulation.run();

    expect(costsOf(simulation)).toEqual([2, 2, 3]);
  });

  it('does not fail a call that succeeded where it cannot be computed, but says so', async () => {
    const simulation = await simulate(askTwice(99, '$result.nothing'));

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(simulation.telemetry.logs('run-1')).toContainEqual(
      expect.objectContaining({ level: 'warn', text: 'cost: $result.nothing is undefined. The call counts as 0.' }),
    );
  });

  it('is nothing for a cached result', async () => {
    const simulation = await simulate(`
  - { tool: llm/get_x, cost: 1 }
  - { tool: llm/get_x, cost: 1 }
`);

    await simulation.run();

    expect(total(simulation)).toBe(1);
  });

  it('is counted once over a crash, and twice for a call that was sent twice', async () => {
    const steps = `
  - { id: a, tool: llm/ask, effect: write, cost: 1 }
  - { id: b, tool: llm/put, effect: idempotent, cost: 1 }
`;
    const simulation = await simulate(steps);

    await simulation.runWithCrash({ write: 3, when: 'before' });

    expect(simulation.farSide.effects).toHaveLength(3);
    expect(total(simulation)).toBe(3);
  });
});

describe('cost_limit', () => {
  it('stops before the call that would exceed it, and is never retried', async () => {
    const simulation = await simulate(askTwice(0.25, '0.2'));

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'cost_exceeded', step: 'b', outcome: 'not_executed', attempts: 0 });
    expect(outcome.error?.message).toBe(
      'The run has cost 0.2 of its limit of 0.25, and this call costs about 0.2: the call was not made.',
    );
    expect(simulation.farSide.calls).toHaveLength(1);
  });

  it('lets a call through that just reaches it', async () => {
    const simulation = await simulate(askTwice(0.2, '0.1'));

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
  });

  it('takes what the last call of the tool cost for what the next will', async () => {
    const script: Script = { 'llm/ask': [{ output: { cost: 6 } }] };
    const simulation = await simulate(askTwice(10, '$result.cost'), { script });

    const outcome = await simulation.run();

    expect(outcome.error).toMatchObject({ kind: 'cost_exceeded', step: 'b' });
    expect(total(simulation)).toBe(6);
  });

  it('goes to the alternatives', async () => {
    const simulation = await simulate(`
cost_limit: 1
steps:
  - { tool: llm/ask, effect: write, cost: 2, fallback: [{ tool: llm/get_cheap }] }
`);

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['llm/get_cheap']);
  });

  it('knows after a crash what was spent before it', async () => {
    const simulation = await simulate(`
cost_limit: 0.25
steps:
  - { tool: llm/ask, effect: write, cost: 0.2 }
  - { wait: 1m }
  - { tool: llm/ask, effect: write, cost: 0.2 }
`);

    const outcome = await simulation.runWithCrash({ write: 2, when: 'after' });

    expect(outcome?.error).toMatchObject({ kind: 'cost_exceeded' });
    expect(simulation.farSide.calls).toHaveLength(1);
  });
});
