import { describe, expect, it } from 'vitest';
import { simulate } from '../support/simulator.ts';

const readOnly = {
  options: { readOnly: true },
  script: { 's/get_x': [{ output: 1 }], 's/restart': [{ output: 2 }] },
} as const;

describe('a run in read-only mode', () => {
  it('makes reads', async () => {
    const simulation = await simulate('  - tool: s/get_x', readOnly);

    await expect(simulation.run()).resolves.toMatchObject({ status: 'succeeded', output: 1 });
  });

  it.each([
    ['a tool that writes', 'tool: s/restart'],
    ['a call that may be repeated', 'tool: s/restart, effect: idempotent'],
    ['a command', 'run: "true"'],
    ['a request that writes', 'http: { method: POST, url: "https://example.com" }'],
  ])('refuses %s before it happens', async (_, step) => {
    const simulation = await simulate(`  - { ${step} }`, readOnly);

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'read_only', outcome: 'not_executed' } });
    expect(simulation.events().some((event) => event.type === 'attempt.intended')).toBe(false);
  });

  it('refuses a write that stands in for a read', async () => {
    const simulation = await simulate('  - { tool: s/get_x, retry: none, fallback: { tool: s/restart } }', {
      ...readOnly,
      script: { 's/get_x': [{ fault: { kind: 'tool_error', message: 'no', outcome: 'failed', transient: false } }] },
    });

    await expect(simulation.run()).resolves.toMatchObject({ status: 'failed', error: { kind: 'tool_error' } });
  });

  it('lets a handler answer for the write', async () => {
    const simulation = await simulate('  - { tool: s/restart, continue_on_error: true }\n  - tool: s/get_x', readOnly);

    await expect(simulation.run()).resolves.toMatchObject({ status: 'succeeded', output: 1 });
  });
});
