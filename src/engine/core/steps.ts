import type { StepEnded, StepStarted } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json } from '../../model/json.ts';
import { formatDuration, type EpochMs } from '../../model/time.ts';
import { isCallStep, type CallStep, type LogStep, type Step, type WaitStep } from '../../model/workflow.ts';
import { EvaluationError } from '../../language/expressions/scope.ts';
import { RunnerError } from '../../model/errors.ts';
import type { Call } from './call.ts';
import { performCall, type CallOutcome } from './calls.ts';
import type { RunContext } from './context.ts';
import type { TimerRecord } from './history.ts';
import { evaluate, evaluationFault, isTrue, sleep, type Program } from './program.ts';
import { duration, hasFixedSettings, resolveAction, resolveSettings, timeSpan } from './resolve.ts';

/** How a step ended. `returned` ends the run as succeeded. */
export type StepOutcome =
  | { readonly status: 'succeeded' | 'skipped' | 'tolerated' | 'cancelled' }
  | { readonly status: 'returned'; readonly output: Json }
  | { readonly status: 'failed'; readonly fault: Fault; readonly attempts: number };

/** What the end of a step says, apart from which step it is and when. */
type Ending = Pick<StepEnded, 'status' | 'output' | 'fault' | 'skipped' | 'attempts' | 'cachedAgeMs' | 'fallback'>;

/** Runs one step, or takes its end from the journal where it has one. */
export function* runStep(context: RunContext, step: Step): Program<StepOutcome> {
  const recorded = context.history.stepsEnded.get(step.key);
  if (recorded) return keep(context, step, recorded);
  const startedAt = context.history.stepsStarted.get(step.key)?.at ?? context.now;
  const ending = yield* endingOf(context, step);
  return end(context, step, ending, startedAt);
}

/** Records a step that is not run because one that it names has no result. */
export function skipStep(context: RunContext, step: Step, reason: 'dependency' | 'cancelled'): StepOutcome {
  return end(context, step, { status: 'skipped', skipped: reason, attempts: 0 }, context.now);
}

function* endingOf(context: RunContext, step: Step): Program<Ending> {
  try {
    const isBegun = context.history.stepsStarted.has(step.key);
    if (!isBegun && step.if && !(yield* isTrue(context, step.if, 'if'))) {
      return { status: 'skipped', skipped: 'if', attempts: 0 };
    }
    return isCallStep(step) ? yield* runCallStep(context, step) : yield* runOwnStep(context, step);
  } catch (error) {
    return { status: 'failed', fault: evaluationFault(error), attempts: 0 };
  }
}

function end(context: RunContext, step: Step, ending: Ending, startedAt: number): StepOutcome {
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
  return keep(context, step, event);
}

function keep(context: RunContext, step: Step, event: StepEnded): StepOutcome {
  context.keepEnd(step, event);
  if (event.status === 'failed' && event.fault && !event.tolerated) {
    return { status: 'failed', fault: event.fault, attempts: event.attempts };
  }
  if (event.status === 'failed') return { status: 'tolerated' };
  if (step.kind === 'return' && event.status === 'succeeded') {
    return { status: 'returned', output: event.output ?? null };
  }
  return { status: event.status };
}

function* runCallStep(context: RunContext, step: CallStep): Program<Ending> {
  const started = context.history.stepsStarted.get(step.key) ?? (yield* startCall(context, step));
  const { action, deadline } = started;
  if (!action) throw new EvaluationError('expression', `The journal's record of "${step.key}" is incomplete.`);
  const settings = started.settings ?? (yield* resolveSettings(context, step, action));
  if (context.facts.options.dryRun && step.effect !== 'read') {
    return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  }
  if (context.facts.options.readOnly && step.effect !== 'read') {
    return { status: 'failed', fault: refusedWrite(step), attempts: 0 };
  }
  const limit = deadline === undefined ? {} : { limit: limitOf(deadline, started.at, context.now) };
  const call = { step, action, settings, key: step.key, runStep: runForAnother, ...limit };
  const outcome = yield* performCall(context, call);
  return callEnding(outcome);
}

/** A clock that was set back since the step began must not lengthen its `timeout`. */
function limitOf(deadline: EpochMs, startedAt: EpochMs, now: EpochMs): NonNullable<Call['limit']> {
  const timeoutMs = deadline - startedAt;
  return { deadline: Math.min(deadline, now + timeoutMs), timeoutMs };
}

function refusedWrite({ effect }: CallStep): Fault {
  const what = effect === 'write' ? 'writes' : 'changes something, though it may be repeated';
  return {
    kind: 'read_only',
    message: `The project is in read-only mode, and this call ${what}. It was not made.`,
    outcome: 'not_executed',
    transient: false,
    hint: 'Leave the read-only mode. If the call only reads, say so with "effect: read".',
  };
}

function callEnding({ result, attempts, cachedAgeMs, fallback }: CallOutcome): Ending {
  if (!result.ok) {
    const status = result.fault.kind === 'cancelled' ? 'cancelled' : 'failed';
    return { status, fault: result.fault, attempts };
  }
  return {
    status: 'succeeded',
    output: result.output,
    attempts,
    ...(cachedAgeMs === undefined ? {} : { cachedAgeMs }),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** An alternative or a probe. */
function* runForAnother(context: RunContext, step: Step): Program<boolean> {
  const outcome = yield* runStep(context, step);
  return outcome.status === 'succeeded';
}

/** Resolves all fields once and records them: polls, attempts and a resumed run use what was resolved here. */
function* startCall(context: RunContext, step: CallStep): Program<StepStarted> {
  const action = yield* resolveAction(context, step);
  if (hasFixedSettings(step)) return start(context, step, { action });
  const settings = yield* resolveSettings(context, step, action);
  return start(context, step, { action, settings });
}

function start(context: RunContext, step: Step, details: Pick<StepStarted, 'action' | 'settings'>): StepStarted {
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

function* runOwnStep(context: RunContext, step: Exclude<Step, CallStep>): Program<Ending> {
  switch (step.kind) {
    case 'set':
      return { status: 'succeeded', output: yield* evaluate(context, step.values, 'set'), attempts: 1 };
    case 'log':
      return yield* runLog(context, step);
    case 'wait':
      return yield* runWait(context, step);
    case 'return':
      return { status: 'succeeded', output: yield* evaluate(context, step.value, 'return'), attempts: 1 };
    case 'fail': {
      const message = asText(yield* evaluate(context, step.message, 'fail'));
      return {
        status: 'failed',
        fault: { kind: step.code, message, outcome: 'failed', transient: false },
        attempts: 1,
      };
    }
    case 'approval':
    case 'state':
    case 'workflow':
    case 'parallel':
    case 'race':
    case 'for_each':
    case 'repeat':
    case 'switch':
    case 'try':
    case 'undo':
      throw new RunnerError('INTERNAL', `A ${step.kind} step cannot be executed yet.`);
  }
}

function* runLog(context: RunContext, step: LogStep): Program<Ending> {
  const text = asText(yield* evaluate(context, step.message, 'log'));
  context.emit({ type: 'log.written', at: context.now, key: step.key, level: step.level, text });
  return { status: 'succeeded', attempts: 1 };
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function* runWait(context: RunContext, step: WaitStep): Program<Ending> {
  const started = context.history.stepsStarted.get(step.key) ?? start(context, step, {});
  const { due, cutShort } = context.history.timers.get(step.key) ?? within(started, yield* dueOf(context, step));
  if (context.facts.options.dryRun) return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  const timer = { key: step.key, due, reason: 'wait' as const, ...(cutShort && { cutShort }) };
  const isAppointed = 'until' in step.wait && !cutShort;
  if ((yield* sleep(context, { ...timer, isAppointed })) === 'aborted') {
    const message = 'The run was cancelled while it waited.';
    const fault: Fault = { kind: 'cancelled', message, outcome: 'not_executed', transient: false };
    return { status: 'cancelled', fault, attempts: 1 };
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

function* dueOf(context: RunContext, { wait }: WaitStep): Program<EpochMs> {
  if ('event' in wait) throw new RunnerError('INTERNAL', 'A wait for an event has no time.');
  if ('forMs' in wait) return context.now + duration(context, wait.forMs, 'wait');
  const until = yield* evaluate(context, wait.until, 'wait.until');
  const due = typeof until === 'string' ? Date.parse(until) : Number.NaN;
  if (Number.isFinite(due)) return due;
  throw new EvaluationError(
    'expression',
    `wait.until: ${JSON.stringify(until)} is not a time such as "2026-01-31T08:00:00Z"`,
  );
}
