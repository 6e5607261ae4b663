import { describe, expect, it, vi } from 'vitest';
import { createMemoryBreakers } from '../../src/adapters/memory/breakers.ts';
import { Breakers } from '../../src/engine/policies/breaker.ts';
import type { StepResult } from '../../src/model/actions.ts';
import type { BreakerPolicy } from '../../src/model/workflow.ts';
import { fault } from '../support/far-side.ts';

const policy: BreakerPolicy = { failures: 2, withinMs: 60_000, openForMs: 10_000, key: 'render/restart' };
const clock = { now: () => Date.now(), until: () => Promise.resolve() };
const failing = (kind: string) => async (): Promise<StepResult> => ({ ok: false, fault: fault(kind) });
const succeeding = async (): Promise<StepResult> => ({ ok: true, output: 1 });

async function kindOf(result: Promise<StepResult>): Promise<string> {
  const settled = await result;
  return settled.ok ? 'ok' : settled.fault.kind;
}

describe('a circuit breaker', () => {
  it('opens after its failures and calls nothing while it is open', async () => {
    const breakers = new Breakers(createMemoryBreakers(), clock);

    await breakers.guard(policy, failing('connection'));
    await breakers.guard(policy, failing('http.503'));

    expect(await kindOf(breakers.guard(policy, succeeding))).toBe('circuit_open');
  });

  it('is shared with other processes and survives a restart', async () => {
    const store = createMemoryBreakers();
    await new Breakers(store, clock).guard(policy, failing('timeout'));
    await new Breakers(store, clock).guard(policy, failing('timeout'));

    expect(await kindOf(new Breakers(store, clock).guard(policy, succeeding))).toBe('circuit_open');
  });

  it('lets one call through after its time and closes when that succeeds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const breakers = new Breakers(createMemoryBreakers(), clock);
      await breakers.guard(policy, failing('connection'));
      await breakers.guard(policy, failing('connection'));
      vi.setSystemTime(Date.now() + 11_000);

      expect(await kindOf(breakers.guard(policy, succeeding))).toBe('ok');
      expect(await kindOf(breakers.guard(policy, failing('connection')))).toBe('connection');
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets failures that are older than its window', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const breakers = new Breakers(createMemoryBreakers(), clock);
      await breakers.guard(policy, failing('connection'));
      vi.setSystemTime(Date.now() + 61_000);
      await breakers.guard(policy, failing('connection'));

      expect(await kindOf(breakers.guard(policy, succeeding))).toBe('ok');
    } finally {
      vi.useRealTimers();
    }
  });

  it.each(['http.404', 'rate_limited', 'tool_error', 'http.409'])('is never opened by %s', async (kind) => {
    const breakers = new Breakers(createMemoryBreakers(), clock);

    for (let call = 0; call < 5; call += 1) await breakers.guard(policy, failing(kind));

    expect(await kindOf(breakers.guard(policy, succeeding))).toBe('ok');
  });

  it('keeps other keys apart', async () => {
    const breakers = new Breakers(createMemoryBreakers(), clock);
    await breakers.guard(policy, failing('connection'));
    await breakers.guard(policy, failing('connection'));

    expect(await kindOf(breakers.guard({ ...policy, key: 'render/other' }, succeeding))).toBe('ok');
  });
});
