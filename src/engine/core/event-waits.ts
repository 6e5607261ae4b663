import { EvaluationError, type EvaluationScope } from '../../language/expressions/scope.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ExpressionValue } from '../../model/values.ts';
import { formatDuration } from '../../model/time.ts';
import type { Signal } from '../../model/requests.ts';
import { declaredKey, type EventWait, type WaitStep } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { localScope } from './local-scope.ts';
import { cancelledFault, isTrue, perform } from './program.ts';
import type { Program } from './scheduler.ts';
import { timeSpan } from './resolve.ts';
import { startStep } from './start-step.ts';
import type { StepEnding } from './step-end.ts';

/**
 * Waits for an event. Those that were sent since the run began and that it has not taken are looked at first, the
 * oldest first; a run takes each one once.
 */
export function* runEventWait(context: RunContext, step: WaitStep, wait: EventWait): Program<StepEnding> {
  const started = startStep(context, step);
  const taken = context.history.signals.get(step.key);
  if (taken) return { status: 'succeeded', output: taken.payload, attempts: 1 };
  if (context.facts.options.dryRun) return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  const due = dueOf(context, step, wait, started.at);
  let after = context.facts.signalsAfter ?? 0;
  for (;;) {
    if (context.cancelled) return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
    const limit = due === undefined ? {} : { due };
    const completion = yield* perform(context, { kind: 'signal', key: step.key, name: wait.event, after, ...limit });
    if (completion.outcome === 'fired') return timedOut(context, wait, started.at);
    if (completion.outcome === 'aborted') {
      return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
    }
    const { signal } = completion;
    after = signal.n;
    if (yield* takes(context, step, wait, signal)) return { status: 'succeeded', output: signal.payload, attempts: 1 };
  }
}

/** The earlier one of the wait's and the step's own time. A clock that was set back does not lengthen it. */
function dueOf(context: RunContext, step: WaitStep, wait: EventWait, startedAt: EpochMs): EpochMs | undefined {
  const spans = [
    ...(wait.timeoutMs === undefined ? [] : [timeSpan(context, wait.timeoutMs, 'wait.timeout')]),
    ...(step.timeoutMs === undefined ? [] : [timeSpan(context, step.timeoutMs, 'timeout')]),
  ];
  if (spans.length === 0) return undefined;
  const span = Math.min(...spans);
  return Math.min(startedAt + span, context.now + span);
}

function* takes(context: RunContext, step: WaitStep, wait: EventWait, signal: Signal): Program<boolean> {
  // Two branches may wait for the same name: the event is for the one that looks first.
  if (context.run.signals.has(signal.n)) return false;
  const scope = localScope(context, { [`event:${declaredKey(step)}`]: signal.payload });
  if (wait.match && !(yield* matches(scope, wait.match))) return false;
  if (context.run.signals.has(signal.n)) return false;
  const { n, name, payload } = signal;
  context.run.signals.add(n);
  context.emit({ type: 'signal.received', at: context.now, key: step.key, signal: n, name, payload });
  return true;
}

/** Data from outside fails no run: an event for which the condition cannot be evaluated is another one. */
function* matches(scope: EvaluationScope, condition: ExpressionValue): Program<boolean> {
  try {
    return yield* isTrue(scope, condition, 'wait.match');
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}

function timedOut(context: RunContext, { event }: EventWait, startedAt: EpochMs): StepEnding {
  const message = `No event "${event}" that fits came within ${formatDuration(Math.max(0, context.now - startedAt))}.`;
  const fault = { kind: 'wait_timeout', message, outcome: 'failed', transient: false } as const;
  return { status: 'failed', fault, attempts: 1 };
}
