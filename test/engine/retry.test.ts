import { describe, expect, it } from 'vitest';
import { delayBefore, delaySettings, type DelaySettings } from '../../src/engine/policies/delays.ts';
import { mayFallBack, mayRetry } from '../../src/engine/policies/retry.ts';
import type { EffectClass } from '../../src/model/effects.ts';
import type { Fault } from '../../src/model/faults.ts';
import type { RetryPolicy } from '../../src/model/policies.ts';
import { fault } from '../support/far-side.ts';
import { simulate } from '../support/simulator.ts';

const builtIn: RetryPolicy = {
  max: 3,
  delayMs: 1_000,
  backoff: 'exponential',
  factor: 2,
  maxDelayMs: 60_000,
  jitter: 'none',
  own: false,
};
const own: RetryPolicy = { ...builtIn, own: true };
const refused = fault('connection');
const lost = fault('http.503', { outcome: 'unknown' });
const denied = fault('http.403', { outcome: 'failed', transient: false });

describe('whether a failed attempt is repeated', () => {
  it.each<[string, EffectClass, boolean, boolean]>([
    ['refused', 'read', true, true],
    ['refused', 'idempotent', true, true],
    ['refused', 'write', true, true],
    ['lost', 'read', true, true],
    ['lost', 'idempotent', true, true],
    ['lost', 'write', false, true],
    ['denied', 'read', false, false],
    ['denied', 'write', false, false],
  ])('%s, %s: built-in %s, own %s', (name, effect, withBuiltIn, withOwn) => {
    const given = { refused, lost, denied }[name] ?? refused;

    expect(mayRetry(given, builtIn, effect)).toBe(withBuiltIn);
    expect(mayRetry(given, own, effect)).toBe(withOwn);
  });

  it('follows `retry.on`, by kind and by family', () => {
    expect(mayRetry(denied, { ...own, on: ['http.4xx'] }, 'read')).toBe(true);
    expect(mayRetry(refused, { ...own, on: ['http.4xx'] }, 'read')).toBe(false);
    expect(mayRetry(lost, { ...own, on: ['any'] }, 'write')).toBe(true);
    expect(mayRetry(lost, { ...builtIn, on: ['any'] }, 'write')).toBe(false);
    expect(mayRetry(lost, { ...own, on: ['outcome_unknown'] }, 'write')).toBe(true);
  });

  it.each(['circuit_open', 'cancelled', 'invalid_params', 'unknown_tool', 'undefined_reference'])(
    'never repeats %s, whatever `retry.on` says',
    (kind) => {
      expect(mayRetry(fault(kind), { ...own, on: ['any', kind] }, 'read')).toBe(false);
    },
  );
});

describe('whether alternatives that write may follow', () => {
  it.each<[string, EffectClass, boolean, boolean]>([
    ['refused', 'write', true, true],
    ['lost', 'write', false, true],
    ['lost', 'idempotent', false, true],
    ['lost', 'read', true, true],
  ])('%s, %s: built-in %s, own %s', (name, effect, withBuiltIn, withOwn) => {
    const given = { refused, lost }[name] ?? refused;

    expect(mayFallBack(given, effect, builtIn)).toBe(withBuiltIn);
    expect(mayFallBack(given, effect, own)).toBe(withOwn);
  });

  it('does not take `retry: none` for leave to repeat', async () => {
    const simulation = await simulate('  - { tool: s/create_x, retry: none, fallback: [{ tool: s/create_y }] }', {
      script: { 's/create_x': [{ fault: lost, hasEffect: true }] },
    });

    expect(await simulation.run()).toMatchObject({ status: 'failed', error: { kind: 'http.503' } });
    expect(simulation.farSide.calls).toHaveLength(1);
  });

  it('marks the failed call in the log when a stated value stands in for it', async () => {
    const simulation = await simulate('  - { tool: s/create_x, fallback: { value: rescued } }', {
      script: { 's/create_x': [{ fault: denied }] },
    });

    await simulation.run();

    expect(simulation.telemetry.executions({ limit: 10 })).toMatchObject([{ success: false, fallbackUsed: true }]);
  });

  it('passes over a write, and takes a read or a value', async () => {
    const simulation = await simulate(
      `
  - id: a
    tool: s/create_x
    fallback: [{ tool: s/create_y }, { tool: s/get_y }]
`,
      { script: { 's/create_x': [{ fault: lost, hasEffect: true }] } },
    );

    const outcome = await simulation.run();

    expect(outcome.status).toBe('succeeded');
    expect(simulation.farSide.calls.map(({ target }) => target)).toEqual(['s/create_x', 's/get_y']);
  });
});

describe('the wait before a repetition', () => {
  const settings: DelaySettings = { ...builtIn, delayMs: 1_000, maxDelayMs: 60_000 };
  const delays = (given: Partial<DelaySettings>): number[] =>
    [1, 2, 3, 4].map((repetition) => delayBefore(repetition, { ...settings, ...given }, 0.5));

  it('is 1 s, 2 s, 4 s unless told otherwise', () => {
    expect(delays({})).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it('grows by the factor, in a line, or not at all', () => {
    expect(delays({ factor: 3 })).toEqual([1_000, 3_000, 9_000, 27_000]);
    expect(delays({ backoff: 'linear' })).toEqual([1_000, 2_000, 3_000, 4_000]);
    expect(delays({ backoff: 'constant' })).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  it('never exceeds its maximum', () => {
    expect(delays({ maxDelayMs: 3_000 })).toEqual([1_000, 2_000, 3_000, 3_000]);
    expect(delayBefore(2_000, settings, 0.5)).toBe(60_000);
  });

  it('is spread by full jitter', () => {
    expect(delays({ jitter: 'full' })).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('is at least what the far side asked for', () => {
    expect(delays({ retryAfterMs: 5_000 })).toEqual([5_000, 5_000, 5_000, 8_000]);
  });
});

describe('the wait where nobody says how to wait', () => {
  const adaptive: RetryPolicy = { ...builtIn, adaptive: true };
  const waits = (given: Fault, retry: RetryPolicy = adaptive): number[] =>
    [1, 2, 3, 4, 20].map((repetition) =>
      delayBefore(repetition, delaySettings(retry, { delayMs: 9_000, maxDelayMs: 60_000 }, given), 0.5),
    );

  it.each([
    ['rate_limited', [5_000, 10_000, 20_000, 40_000, 60_000]],
    ['connection', [250, 500, 1_000, 2_000, 10_000]],
    ['timeout', [1_000, 2_000, 4_000, 8_000, 60_000]],
    ['http.503', [1_000, 2_000, 4_000, 8_000, 60_000]],
    ['tool_error', [1_000, 2_000, 4_000, 8_000, 60_000]],
  ])('after %s is %o', (kind, expected) => {
    expect(waits(fault(kind))).toEqual(expected);
  });

  it('is what a rate limit asks for, and at least the short back-off', () => {
    expect(waits({ ...fault('rate_limited'), retryAfterMs: 700 })).toEqual([700, 700, 1_000, 2_000, 10_000]);
  });

  it('never exceeds the `max_delay` of an author', () => {
    const settings = delaySettings(adaptive, { delayMs: 9_000, maxDelayMs: 3_000 }, fault('rate_limited'));

    expect(delayBefore(1, settings, 0.5)).toBe(3_000);
  });

  it('gives way to a `delay` or `backoff` of any layer', () => {
    expect(waits(fault('connection'), { ...builtIn, backoff: 'constant' })).toEqual([
      9_000, 9_000, 9_000, 9_000, 9_000,
    ]);
  });

  it.each([
    ['connection', 250 + 500 + 1_000],
    ['http.503', 1_000 + 2_000 + 4_000],
    ['rate_limited', 5_000 + 10_000 + 20_000],
  ])('is kept by a run: %s', async (kind, waited) => {
    const simulation = await simulate('  - { tool: s/get_x }', {
      script: { 's/get_x': [...[1, 2, 3].map(() => ({ fault: fault(kind) })), { output: 1 }] },
    });
    const begun = simulation.clock.now();

    expect(await simulation.run()).toMatchObject({ status: 'succeeded' });
    expect(simulation.clock.now() - begun).toBe(waited);
  });
});
