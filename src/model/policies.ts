import type { Value, PathValue } from './values.ts';

/** A number known when the file is loaded, or a whole-string reference to a duration or count. */
export type Setting = number | PathValue;

export interface RetryPolicy {
  /** Number of repetitions: 3 means at most four attempts. */
  readonly max: Setting;
  readonly delayMs: Setting;
  readonly backoff: 'exponential' | 'linear' | 'constant';
  readonly factor: number;
  readonly maxDelayMs: Setting;
  readonly jitter: 'full' | 'none';
  /** True where nobody has said how to wait: the kind of the fault decides, and `delayMs` and `backoff` do not count. */
  readonly adaptive?: true;
  /** Fault entries that are retried; absent: what is transient. */
  readonly on?: readonly string[];
  /** True when `retry` stands on the step itself: only then an unknown outcome of a write may be repeated. */
  readonly own: boolean;
}

export interface CachePolicy {
  readonly ttlMs: Setting;
  /** How long after its expiry a result may stand in for a call that failed for good. */
  readonly staleIfErrorMs?: Setting;
  readonly key?: Value;
  readonly scope: 'run' | 'project';
}

export interface BreakerPolicy {
  /** Failures within `withinMs` that open the circuit, whatever succeeds between them; never beside `consecutive`. */
  readonly failures?: number;
  /** Failures in a row that open the circuit, any time apart; a call that shows the target healthy forgives them. */
  readonly consecutive?: number;
  /** Share of failures (above 0, at most 1) that opens the circuit, once `minimum` calls have ended within `withinMs`. */
  readonly rate?: { readonly share: number; readonly minimum: number };
  readonly withinMs: number;
  readonly openForMs: number;
  /** Calls with the same key share one circuit: their target, as of limits, unless the author says otherwise. */
  readonly key: string;
}

/** What calls are counted by: those with the same key share a limit. */
interface LimitKey {
  /** `server/tool`, `http/<host>`, `run/<workflow>/<step>`: what counts where `key` is absent. */
  readonly target: string;
  readonly key?: Value;
}

/** At most so many calls in any window of this length, over all processes of the project; more wait in order. */
export interface RateLimitPolicy extends LimitKey {
  readonly max: Setting;
  readonly perMs: Setting;
}

/** At most so many calls at once, over all processes of the project; more wait in order. */
export interface ConcurrencyPolicy extends LimitKey {
  readonly max: Setting;
}

/** At most so many calls that are not reads in a window, over all processes of the project; one more fails. */
export interface BudgetPolicy extends LimitKey {
  readonly max: Setting;
  readonly perMs: Setting;
}

/** What one call costs, in the unit of the project; an expression sees the call's `$params` and its `$result`. */
export type CostPolicy =
  { readonly kind: 'fixed'; readonly amount: number } | { readonly kind: 'computed'; readonly amount: Value };

/** Runs with the same key count together; absent: all runs of the workflow do. */
export interface RunsPolicy {
  readonly key?: Value;
  readonly limit: number;
  /** What becomes of one more: it waits in the queue, is refused, or takes the place of those that run. */
  readonly onConflict: 'queue' | 'reject' | 'cancel_running';
}
