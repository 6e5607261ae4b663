import type { Program } from '../scheduler.ts';
import { coversFault } from '../../../model/faults.ts';
import type { RunFault } from '../../../model/events.ts';
import { declaredKey, type Handler, type TryStep } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { shownError } from '../endings.ts';
import type { StepEnding } from '../step-end.ts';
import { passedOn } from './passed-on.ts';
import { runBody, type BodyEnding } from './body.ts';

/**
 * The steps, then the first handler that covers their fault, then `finally`, whatever happened and whatever is cancelled
 * meanwhile. A fault in `finally` fails a step that had none; otherwise the first one stands.
 */
export function* runTry(context: RunContext, step: TryStep): Program<StepEnding> {
  const place = { declared: declaredKey(step), actual: step.key };
  const tried = yield* runBody(context.within(), { key: `${step.key}.try`, body: step.body, as: 'attempt', ...place });
  const ending = tried.kind === 'failed' ? yield* runCatch(context, step, tried.error) : tried;
  const cleanup = yield* runFinally(context, step);
  if (cleanup?.kind === 'failed' && (ending.kind === 'completed' || ending.kind === 'returned')) {
    return { status: 'failed', fault: cleanup.error, attempts: 1 };
  }
  return passedOn(context, ending);
}

function* runCatch(context: RunContext, step: TryStep, error: RunFault): Program<BodyEnding> {
  const index = step.catch.findIndex((handler) => covers(handler, error));
  const handler = step.catch[index];
  if (!handler) return { kind: 'failed', error };
  const key = `${step.key}.catch[${index}]`;
  // The fault would have been handled: what ends the step is the cancel.
  if (context.cancelled && !context.history.bodiesStarted.has(key)) return { kind: 'cancelled' };
  begin(context, key);
  const frame = context.within({ locals: { [`error:${declaredKey(step)}`]: shownError(error) } });
  return yield* runBody(frame, { key, body: handler.body, declared: declaredKey(step), actual: step.key });
}

function covers({ errors }: Handler, error: RunFault): boolean {
  return errors === undefined ? error.kind !== 'cancelled' : errors.some((entry) => coversFault(entry, error));
}

function* runFinally(context: RunContext, step: TryStep): Program<BodyEnding | undefined> {
  if (step.finally.length === 0) return undefined;
  const key = `${step.key}.finally`;
  begin(context, key);
  const place = { declared: declaredKey(step), actual: step.key, as: 'handler' as const };
  return yield* runBody(context.within({ isShielded: true }), { key, body: { steps: step.finally }, ...place });
}

function begin(context: RunContext, key: string): void {
  if (!context.history.bodiesStarted.has(key)) context.emit({ type: 'body.started', at: context.now, key });
}
