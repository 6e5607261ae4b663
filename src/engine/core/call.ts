import type { Action, StepResult } from '../../model/actions.ts';
import type { ResolvedSettings } from '../../model/events.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CallStep } from '../../model/workflow.ts';

/** One call of a step, whatever is tried for it: resolved, with its limits. */
export interface Call {
  readonly step: CallStep;
  readonly action: Action;
  readonly settings: ResolvedSettings;
  /** `path`, or `path@poll` under `until`. */
  readonly key: string;
  /** When the step's total time is over, and how long that time was. */
  readonly limit?: { readonly deadline: EpochMs; readonly timeoutMs: number };
}

export interface CallResult {
  readonly result: StepResult;
  readonly attempts: number;
}
