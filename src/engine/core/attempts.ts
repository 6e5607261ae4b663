import type { StepResult } from '../../model/actions.ts';
import type { AttentionResolved } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import { attemptKey, timerKey } from '../../model/keys.ts';
import { formatDuration } from '../../model/time.ts';
import { delayBefore, delaySettings } from '../policies/delays.ts';
import { mayRetry } from '../policies/retry.ts';
import type { Call, CallResult } from './call.ts';
import type { RunContext } from './context.ts';
import { recordExecution } from './executions.ts';
import { idempotencyKey } from './idempotency.ts';
import { perform, sleep, type Program } from './program.ts';

/** retry ( one attempt ): makes attempts until one succeeds, none is left, or the step's time is over. */
export function* callWithRetries(context: RunContext, call: Call): Program<CallResult> {
  const begunAt = context.history.attempts.get(attemptKey(call.key, 1))?.intendedAt ?? context.now;
  for (let attempt = 1; ; attempt += 1) {
    const result = yield* oneAttempt(context, call, attempt);
    const pause = isRepeated(call, attempt, result) ? yield* pauseBefore(context, call, attempt, result.fault) : result;
    if (pause === 'in_time') continue;
    recordExecution(context, { call, result: pause, attempts: attempt, begunAt });
    return { result: pause, attempts: attempt };
  }
}

function isRepeated(call: Call, attempt: number, result: StepResult): result is Extract<StepResult, { ok: false }> {
  const { settings, step } = call;
  return !result.ok && attempt <= settings.retryMax && mayRetry(result.fault, step.retry, step.effect);
}

/** Waits before the next attempt; gives the result that ends the step where the wait cannot be finished. */
function* pauseBefore(context: RunContext, call: Call, attempt: number, fault: Fault): Program<StepResult | 'in_time'> {
  const { step, settings, limit } = call;
  const limits = { delayMs: settings.retryDelayMs, maxDelayMs: settings.retryMaxDelayMs };
  const delayMs = delayBefore(attempt, delaySettings(step.retry, limits, fault), context.moment.random);
  const due = context.now + delayMs;
  const key = timerKey(attemptKey(call.key, attempt), 'retry');
  const outcome = yield* sleep(context, { key, due: Math.min(due, limit?.deadline ?? due), reason: 'retry' });
  if (outcome === 'aborted') return failed(cancelledWhileWaiting());
  return isOverdue(context, call) ? failed(timedOut(call, fault)) : 'in_time';
}

function* oneAttempt(context: RunContext, call: Call, number: number): Program<StepResult> {
  const key = attemptKey(call.key, number);
  const recorded = context.history.attempts.get(key);
  if (recorded?.ended?.fault) return failed(recorded.ended.fault);
  if (recorded && !recorded.ended) {
    const settled = yield* settleInterrupted(context, call, key);
    if (settled) return settled;
  }
  if (context.cancelled) return failed(cancelledWhileWaiting());
  return yield* makeAttempt(context, call, number);
}

function* makeAttempt(context: RunContext, call: Call, number: number): Program<StepResult> {
  const { step, action, settings, limit } = call;
  const key = attemptKey(call.key, number);
  const ownKey = settings.idempotencyKey;
  const identity = ownKey === undefined ? idempotencyKey(context.facts.id, call.key) : ownedKey(ownKey, call);
  context.emit({ type: 'attempt.intended', at: context.now, key, effect: step.effect, idempotencyKey: identity });
  const { result, durationMs } = yield* perform({
    kind: 'attempt',
    key,
    step: step.key,
    number,
    action,
    effect: step.effect,
    idempotencyKey: identity,
    timeoutMs: settings.attemptTimeoutMs,
    ...(limit ? { deadline: limit.deadline } : {}),
    ...(step.circuitBreaker ? { breaker: step.circuitBreaker } : {}),
  });
  return endAttempt(context, call, key, { result, durationMs });
}

function endAttempt(
  context: RunContext,
  call: Call,
  key: string,
  { result, durationMs }: { readonly result: StepResult; readonly durationMs: number },
): StepResult {
  context.emit({
    type: 'attempt.ended',
    at: context.now,
    key,
    durationMs,
    ...(result.ok ? {} : { fault: result.fault }),
  });
  if (call.step.effect !== 'read' && call.action.kind === 'tool') {
    context.cacheChanges.push({ kind: 'drop', server: call.action.server, at: context.now });
  }
  if (result.ok || result.fault.kind === 'cancelled' || !isOverdue(context, call)) return result;
  return failed(timedOut(call, result.fault));
}

export function isOverdue(context: RunContext, { limit }: Call): boolean {
  return limit !== undefined && context.now >= limit.deadline;
}

/** The author's key, told apart per poll and alternative as the derived one is. */
function ownedKey(own: string, call: Call): string {
  return `${own}${call.key.slice(call.step.key.length)}`;
}

/**
 * What becomes of an attempt that was in flight when its process died. A read or idempotent call is repeated with the
 * same key; for anything else the author's `on_interrupt` decides, and by default a person.
 * @returns undefined when the attempt is to be made again
 */
function* settleInterrupted(context: RunContext, call: Call, key: string): Program<StepResult | undefined> {
  const resolution = context.history.attempts.get(key)?.resolution;
  if (resolution) {
    const stated = statedResult(resolution);
    return stated && endAttempt(context, call, key, { result: stated, durationMs: 0 });
  }
  const result = context.cancelled ? failed(cancelledInDoubt()) : yield* decideInterrupted(context, call, key);
  return result && endAttempt(context, call, key, { result, durationMs: 0 });
}

function statedResult({ as, output, by }: AttentionResolved): StepResult | undefined {
  switch (as) {
    case 'retry':
      return undefined;
    case 'done':
      return { ok: true, output: output ?? null };
    case 'failed':
      return failed(interrupted(`Stated as failed by ${by}.`, 'failed'));
  }
}

function* decideInterrupted(context: RunContext, call: Call, key: string): Program<StepResult | undefined> {
  const { effect, onInterrupt } = call.step;
  if (effect !== 'write' || onInterrupt === 'retry') return undefined;
  if (onInterrupt === 'fail') {
    return failed(interrupted('The runner was interrupted during the call; it may have happened.', 'unknown'));
  }
  if (!context.history.attempts.get(key)?.raised) {
    const message = 'The runner was interrupted during this call, and it may or may not have happened.';
    context.emit({ type: 'attention.raised', at: context.now, key, message });
  }
  // Answered only when the run is cancelled meanwhile: a statement by hand begins the run anew from its journal.
  yield* perform({ kind: 'attention', key });
  return failed(cancelledInDoubt());
}

function failed(fault: Fault): StepResult {
  return { ok: false, fault };
}

function interrupted(message: string, outcome: Fault['outcome']): Fault {
  return { kind: 'outcome_unknown', message, outcome, transient: false };
}

function cancelledWhileWaiting(): Fault {
  return { kind: 'cancelled', message: 'The run was cancelled.', outcome: 'not_executed', transient: false };
}

function cancelledInDoubt(): Fault {
  const message = 'The run was cancelled; this call was interrupted before and may have happened.';
  return { kind: 'cancelled', message, outcome: 'unknown', transient: false };
}

/** The fault of a step whose total time is over; it keeps what the last attempt says about the effect. */
export function timedOut({ limit }: Call, last: Fault | undefined): Fault {
  const time = limit ? ` of ${formatDuration(limit.timeoutMs)}` : '';
  const message = `The step's timeout${time} is over.${last ? ` Last: ${last.message}` : ''}`;
  return { kind: 'timeout', message, outcome: last?.outcome ?? 'not_executed', transient: false };
}
