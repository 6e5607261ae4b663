import type { EpochMs } from './time.ts';

/**
 * The state of a circuit breaker, shared by all processes of a project. `open` once its `until` has passed is what
 * others call half-open: one call is let through as a probe, and no other before it has ended.
 */
export type Circuit = ClosedCircuit | OpenCircuit;

export interface ClosedCircuit {
  readonly state: 'closed';
  /** When the failures within the window happened, oldest first. */
  readonly failures: readonly EpochMs[];
  /** Failures since the last call that showed the target healthy; absent: none, or nothing counts them. */
  readonly inARow?: number;
  /** Calls within the window, counted in slices of it, oldest first; only where a failure rate opens the circuit. */
  readonly slices?: readonly CallSlice[];
}

export interface CallSlice {
  readonly from: EpochMs;
  readonly calls: number;
  readonly failures: number;
}

export interface OpenCircuit {
  readonly state: 'open';
  readonly since: EpochMs;
  /** When the first probe is let through; absent: not before a person closes the circuit. */
  readonly until?: EpochMs;
  /** Failures that opened it, and failed probes since. */
  readonly failures: number;
  /** The person who opened it by hand. */
  readonly by?: string;
  /** A probe is under way since then. */
  readonly probeSince?: EpochMs;
  /** When the probe has not ended by then, another one is let through. */
  readonly probeUntil?: EpochMs;
}
