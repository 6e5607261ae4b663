import type { RunView, StepView, StepWait } from './run-view.ts';
import type { EpochMs } from './time.ts';

/** One thing that a run waits for. */
export interface RunWait {
  readonly step: StepView;
  readonly wait: StepWait | ChildWait | AttentionWait;
}

/** For a run of another workflow to end. */
export interface ChildWait {
  readonly reason: 'child';
  readonly run: string;
  readonly workflow: string;
}

/** For a person to say whether a call happened. */
export interface AttentionWait {
  readonly reason: 'attention';
  readonly question: string;
}

/** Everything that a run waits for now, in the order in which the waits began. */
export function waitsOf(view: RunView): readonly RunWait[] {
  return [...view.index.active].flatMap((step) => {
    const wait = waitOf(step);
    return wait ? [{ step, wait }] : [];
  });
}

function waitOf(step: StepView): RunWait['wait'] | undefined {
  if (step.attention !== undefined) return { reason: 'attention', question: step.attention };
  if (step.waiting) return step.waiting;
  return step.child ? { reason: 'child', ...step.child } : undefined;
}

/** Until when at most; undefined where nobody knows. */
export function dueOf(wait: RunWait['wait'] | undefined): EpochMs | undefined {
  return wait !== undefined && 'due' in wait ? wait.due : undefined;
}
