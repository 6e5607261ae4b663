import type { StepStarted } from '../../model/events.ts';
import type { Step } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { timeSpan } from './resolve.ts';

/** Records that a step begins, with all that must not be decided anew after a crash; or takes that from the journal. */
export function startStep(
  context: RunContext,
  step: Step,
  details: Pick<StepStarted, 'action' | 'settings' | 'items' | 'child'> = {},
): StepStarted {
  const recorded = context.history.stepsStarted.get(step.key);
  if (recorded) return recorded;
  const timeoutMs = step.timeoutMs === undefined ? undefined : timeSpan(context, step.timeoutMs, 'timeout');
  const event: StepStarted = {
    type: 'step.started',
    at: context.now,
    key: step.key,
    kind: step.kind,
    ...details,
    ...(timeoutMs === undefined ? {} : { deadline: context.now + timeoutMs }),
  };
  context.emit(event);
  return event;
}

/** When the time of a step is over; a clock that was set back since it began must not lengthen it. */
export function deadlineOf(context: RunContext, { at, deadline }: StepStarted): number | undefined {
  return deadline === undefined ? undefined : Math.min(deadline, context.now + (deadline - at));
}
