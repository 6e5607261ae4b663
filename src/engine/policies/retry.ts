import { coversFault, type Fault } from '../../model/faults.ts';
import type { EffectClass } from '../../model/effects.ts';
import type { RetryPolicy } from '../../model/policies.ts';

/** Faults that no repetition can mend, whatever `retry.on` says. */
const neverRetried = new Set([
  'circuit_open',
  'budget_exceeded',
  'cost_exceeded',
  'cancelled',
  'invalid_params',
  'unknown_tool',
  'undefined_reference',
  'expression',
  'limit',
]);

/**
 * True when a failed attempt may be repeated. A repetition after an unknown outcome is safe only for reads and
 * idempotent calls; for a write it takes a `retry` written on the step itself, since only its author can know.
 */
export function mayRetry(fault: Fault, retry: RetryPolicy, effect: EffectClass): boolean {
  if (neverRetried.has(fault.kind) || isRefusedByLimit(fault)) return false;
  if (fault.outcome === 'unknown' && effect === 'write' && !retry.own) return false;
  return retry.on ? retry.on.some((entry) => coversFault(entry, fault)) : fault.transient;
}

/** The far side's own 429 is transient; a turn that comes after the step's time comes no sooner for asking again. */
function isRefusedByLimit({ kind, transient }: Fault): boolean {
  return kind === 'rate_limited' && !transient;
}

/**
 * True when alternatives that are not reads may follow a fault: never after a call that may have happened, unless its
 * author has said that a repetition is fine.
 */
export function mayFallBack(fault: Fault, effect: EffectClass, retry: RetryPolicy): boolean {
  return fault.outcome !== 'unknown' || effect === 'read' || retry.own;
}
