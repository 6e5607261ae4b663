import type { RunFault } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Step } from '../../model/workflow.ts';

/** How a step ended. `returned` ends the run as succeeded. */
export type StepOutcome =
  | { readonly status: 'succeeded' | 'skipped' | 'tolerated' | 'cancelled' }
  | { readonly status: 'returned'; readonly output: Json }
  | { readonly status: 'failed'; readonly fault: Fault; readonly attempts: number };

/** How a list of steps ended. */
export type Ending =
  | { readonly kind: 'completed' }
  | { readonly kind: 'returned'; readonly output: Json }
  | { readonly kind: 'failed'; readonly error: RunFault }
  | { readonly kind: 'cancelled' };

/** The fault of a step that failed, with the innermost step that it came from. */
export function runFault(step: Step, { fault, attempts }: Extract<StepOutcome, { status: 'failed' }>): RunFault {
  return { ...fault, step: fault.step ?? step.key, attempts };
}

/** What `$last_error` gives. */
export function shownError({ step, kind, message, attempts }: RunFault): JsonObject {
  return { step: step ?? null, code: kind, message, attempts };
}
