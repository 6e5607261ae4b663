import type { StepEnded } from '../../model/events.ts';
import type { Step } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import type { StepOutcome } from './endings.ts';

/** What the end of a step says, apart from which step it is and when. */
export type StepEnding = Pick<
  StepEnded,
  'status' | 'output' | 'fault' | 'skipped' | 'attempts' | 'cachedAgeMs' | 'fallback' | 'failures' | 'returned'
>;

/** Records the end of a step and keeps it for those that name it. */
export function endStep(context: RunContext, step: Step, ending: StepEnding, startedAt: number): StepOutcome {
  const tolerated = ending.status === 'failed' && step.continueOnError;
  const event: StepEnded = {
    type: 'step.ended',
    at: context.now,
    key: step.key,
    kind: step.kind,
    ...ending,
    durationMs: Math.max(0, context.now - startedAt),
    ...(tolerated ? { tolerated } : {}),
  };
  context.emit(event);
  return keepStep(context, step, event);
}

/** What a recorded end of a step means for those after it. */
export function keepStep(context: RunContext, step: Step, event: StepEnded): StepOutcome {
  context.keepEnd(step, event);
  if (event.status === 'failed' && event.fault && !event.tolerated) {
    return { status: 'failed', fault: event.fault, attempts: event.attempts };
  }
  if (event.status === 'failed') return { status: 'tolerated' };
  const isReturn = step.kind === 'return' && event.status === 'succeeded';
  if (isReturn || event.returned) return { status: 'returned', output: event.output ?? null };
  return { status: event.status };
}

/** Records a step that is not run, and why. */
export function skipStep(context: RunContext, step: Step, reason: 'dependency' | 'cancelled'): StepOutcome {
  return endStep(context, step, { status: 'skipped', skipped: reason, attempts: 0 }, context.now);
}
