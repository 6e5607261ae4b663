import { ConstantBackoff, ExponentialBackoff, IterableBackoff, type IBackoffFactory } from 'cockatiel';

import type { Fault } from '../../model/faults.ts';
import type { RetryPolicy } from '../../model/policies.ts';

export interface DelaySettings {
  readonly backoff: 'exponential' | 'linear' | 'constant';
  readonly factor: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: 'full' | 'none';
  /** What the far side asked for with `Retry-After`: never less than this is waited. */
  readonly retryAfterMs?: number;
}

/** What the kind of a fault tells about the far side: how soon it may be well again. */
const paces = {
  /** Without `Retry-After` nobody knows when the window ends. */
  window: { delayMs: 5_000, maxDelayMs: 60_000 },
  short: { delayMs: 250, maxDelayMs: 10_000 },
  long: { delayMs: 1_000, maxDelayMs: 60_000 },
} as const;

/**
 * How to wait after a fault: as the policy says or, where nobody has said it, as its kind asks for. What the policy
 * says of `factor`, `max_delay` and `jitter` counts in both cases.
 * @param limits the policy's times, with their references resolved
 */
export function delaySettings(
  retry: RetryPolicy,
  limits: { readonly delayMs: number; readonly maxDelayMs: number },
  fault: Fault,
): DelaySettings {
  const { backoff, factor, jitter } = retry;
  const { retryAfterMs } = fault;
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (!retry.adaptive) return { backoff, factor, jitter, ...limits, ...asked };
  const { delayMs, maxDelayMs } = paces[paceOf(fault)];
  return {
    backoff: 'exponential',
    factor,
    jitter,
    delayMs,
    maxDelayMs: Math.min(maxDelayMs, limits.maxDelayMs),
    ...asked,
  };
}

function paceOf({ kind, retryAfterMs }: Fault): keyof typeof paces {
  if (kind === 'rate_limited') return retryAfterMs === undefined ? 'window' : 'short';
  return kind === 'connection' ? 'short' : 'long';
}

/**
 * Wait before a repetition, in milliseconds. cockatiel lends its sequence of delays; the waiting itself is a journalled
 * timer of the core, because no policy that lives in memory may span two attempts.
 * @param repetition from 1: the first repetition is the second attempt
 * @param random 0 (included) to 1 (excluded), for `jitter: full`
 */
export function delayBefore(repetition: number, settings: DelaySettings, random: number): number {
  let backoff = sequence(settings, repetition).next(undefined);
  for (let step = 1; step < repetition; step += 1) backoff = backoff.next(undefined);
  const delayMs = Math.min(backoff.duration, settings.maxDelayMs);
  const spread = settings.jitter === 'full' ? Math.floor(delayMs * random) : delayMs;
  return Math.max(spread, settings.retryAfterMs ?? 0);
}

function sequence(settings: DelaySettings, length: number): IBackoffFactory<unknown> {
  const { backoff, delayMs, maxDelayMs, factor } = settings;
  switch (backoff) {
    case 'constant':
      return new ConstantBackoff(delayMs);
    case 'linear':
      return new IterableBackoff(Array.from({ length }, (_, index) => delayMs * (index + 1)));
    case 'exponential':
      return new ExponentialBackoff<number>({
        initialDelay: delayMs,
        maxDelay: maxDelayMs,
        exponent: factor,
        // cockatiel's own generator without jitter always doubles.
        generator: (power = 0, options) => [options.initialDelay * options.exponent ** power, power + 1],
      });
  }
}
