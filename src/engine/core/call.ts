import type { Program } from './scheduler.ts';
import type { Action, StepResult } from '../../model/actions.ts';
import type { ResolvedSettings } from '../../model/events.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CallStep, Step } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';

/** One call of a step, whatever is tried for it: resolved, with its limits. */
export interface Call {
  readonly step: CallStep;
  readonly action: Action;
  readonly settings: ResolvedSettings;
  /** `path`, or `path@poll` under `until`. */
  readonly key: string;
  /** Runs another step for this one: a probe, an alternative. True when it succeeded and left a result behind. */
  readonly runStep: StepRunner;
  /** When the step's total time is over, and how long that time was. */
  readonly limit?: { readonly deadline: EpochMs; readonly timeoutMs: number };
}

export type StepRunner = (context: RunContext, step: Step) => Program<boolean>;

export interface Attempt {
  readonly key: string;
  /** From 1. */
  readonly number: number;
  /** How often it was sent before and cut off by a crash, so that it may have been executed already. */
  readonly cutOff: number;
}

export interface CallResult {
  readonly result: StepResult;
  readonly attempts: number;
}
