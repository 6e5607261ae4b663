import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/faults.ts';
import { simulate } from '../support/simulator.ts';

const drift: Fault = { kind: 'tool_drift', message: 'changed', outcome: 'not_executed', transient: false };

const twice = `
  - { id: a, tool: s/get_x, params: { x: 1 } }
  - { id: b, tool: s/get_x, params: { x: 1 }, fallback: { value: rescued } }
`;

describe.each([
  ['at once', (fault: Fault | undefined) => fault],
  ['after a while', (fault: Fault | undefined) => Promise.resolve(fault)],
] as const)('a call that is refused %s', (_, answer) => {
  it('is answered neither by the cache nor by an alternative', async () => {
    let calls = 0;
    const refusals = { check: () => answer((calls += 1) > 1 ? drift : undefined) };
    const simulation = await simulate(twice, { refusals });

    const outcome = await simulation.run();

    expect(simulation.farSide.calls).toHaveLength(1);
    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'tool_drift', step: 'b' } });
    expect(simulation.telemetry.executions({ limit: 1 })).toMatchObject([{ success: false, step: 'b', retryCount: 0 }]);
  });

  it('is made where nothing speaks against it', async () => {
    const simulation = await simulate(twice, { refusals: { check: () => answer(undefined) } });

    expect((await simulation.run()).status).toBe('succeeded');
  });
});
