import { ConstantBackoff, ExponentialBackoff, IterableBackoff, type IBackoffFactory } from 'cockatiel';

export interface DelaySettings {
  readonly backoff: 'exponential' | 'linear' | 'constant';
  readonly factor: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: 'full' | 'none';
  /** What the far side asked for with `Retry-After`: never less than this is waited. */
  readonly retryAfterMs?: number;
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
