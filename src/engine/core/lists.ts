import type { Program } from './scheduler.ts';
import type { RunFault } from '../../model/events.ts';
import type { Step, Workflow } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { runFault, type Ending, type StepOutcome } from './endings.ts';
import { skipStep } from './step-end.ts';
import { runStep } from './steps.ts';

/** Runs steps in written order. @param failFast whether the first that fails ends it */
export function* runList(
  context: RunContext,
  steps: readonly Step[],
  { failFast }: Pick<Workflow, 'failFast'> = context.facts.workflow,
): Program<Ending> {
  let firstError: RunFault | undefined;
  for (const step of steps) {
    if (context.cancelled && !isRecorded(context, step)) return { kind: 'cancelled' };
    const outcome = yield* runUnlessBlocked(context, step);
    if (outcome.status === 'cancelled') return { kind: 'cancelled' };
    if (outcome.status === 'returned' && !firstError) return { kind: 'returned', output: outcome.output };
    if (outcome.status === 'failed') firstError ??= runFault(step, outcome);
    if (firstError && (failFast || outcome.status === 'returned')) break;
  }
  return firstError ? { kind: 'failed', error: firstError } : { kind: 'completed' };
}

/** Runs all steps of a handler: an error in one is recorded, the next still runs. Gives the first error. */
export function* runHandler(context: RunContext, steps: readonly Step[]): Program<Ending> {
  let firstError: RunFault | undefined;
  for (const step of steps) {
    if (context.cancelled && !isRecorded(context, step)) return { kind: 'cancelled' };
    const outcome = yield* runStep(context, step);
    if (outcome.status === 'cancelled') return { kind: 'cancelled' };
    if (outcome.status === 'failed') firstError ??= runFault(step, outcome);
  }
  return firstError ? { kind: 'failed', error: firstError } : { kind: 'completed' };
}

/** What was begun before a crash is brought to its end also where nothing new may begin. */
export function isRecorded({ history }: RunContext, { key }: Step): boolean {
  return history.stepsStarted.has(key) || history.stepsEnded.has(key);
}

export function* runUnlessBlocked(context: RunContext, step: Step): Program<StepOutcome> {
  return isBlocked(context, step) ? skipStep(context, step, 'dependency') : yield* runStep(context, step);
}

/** True when a step names another that failed, or that was left out for this reason or by a dry run. */
function isBlocked(context: RunContext, step: Step): boolean {
  const { failFast } = context.facts.workflow;
  return [...step.references, ...(step.needs ?? [])].some((key) => {
    const end = context.endOf(key);
    if (end?.status === 'failed') return !failFast && !end.tolerated;
    return end?.skipped === 'dependency' || end?.skipped === 'dry_run';
  });
}
