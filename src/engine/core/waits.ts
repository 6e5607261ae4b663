import { EvaluationError } from '../../language/expressions/scope.ts';
import type { StepStarted } from '../../model/events.ts';
import { formatDuration, type EpochMs } from '../../model/time.ts';
import type { EventWait, WaitStep } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { runEventWait } from './event-waits.ts';
import type { TimerRecord } from './history.ts';
import { cancelledFault, evaluate, sleep } from './program.ts';
import type { Program } from './scheduler.ts';
import { duration } from './resolve.ts';
import { startStep } from './start-step.ts';
import type { StepEnding } from './step-end.ts';

type TimeWait = Exclude<WaitStep['wait'], EventWait>;

/** A durable timer, or an event that somebody sends. */
export function* runWait(context: RunContext, step: WaitStep): Program<StepEnding> {
  if ('event' in step.wait) return yield* runEventWait(context, step, step.wait);
  const started = startStep(context, step);
  const { due, cutShort } = context.history.timers.get(step.key) ?? within(started, yield* dueOf(context, step.wait));
  if (context.facts.options.dryRun) return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  const timer = { key: step.key, due, reason: 'wait' as const, ...(cutShort && { cutShort }) };
  const isAppointed = 'until' in step.wait && !cutShort;
  if ((yield* sleep(context, { ...timer, isAppointed })) === 'aborted') {
    return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
  }
  if (!cutShort) return { status: 'succeeded', attempts: 1 };
  const timeoutMs = (started.deadline ?? started.at) - started.at;
  const message = `The step's timeout of ${formatDuration(timeoutMs)} is over before the wait.`;
  return { status: 'failed', fault: { kind: 'timeout', message, outcome: 'failed', transient: false }, attempts: 1 };
}

/** The step's `timeout` may be over first. */
function within(
  { deadline = Number.POSITIVE_INFINITY }: StepStarted,
  due: EpochMs,
): Pick<TimerRecord, 'due' | 'cutShort'> {
  return { due: Math.min(due, deadline), cutShort: deadline < due };
}

function* dueOf(context: RunContext, wait: TimeWait): Program<EpochMs> {
  if ('forMs' in wait) return context.now + duration(context, wait.forMs, 'wait');
  const until = yield* evaluate(context, wait.until, 'wait.until');
  const due = typeof until === 'string' ? Date.parse(until) : Number.NaN;
  if (Number.isFinite(due)) return due;
  throw new EvaluationError(
    'expression',
    `wait.until: ${JSON.stringify(until)} is not a time such as "2026-01-31T08:00:00Z"`,
  );
}
