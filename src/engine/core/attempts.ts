import type { StepResult } from '../../model/actions.ts';
import { wasNeverIntended, type Fault } from '../../model/faults.ts';
import { attemptKey, timerKey } from '../../model/keys.ts';
import { delayBefore, delaySettings } from '../policies/delays.ts';
import { mayRetry } from '../policies/retry.ts';
import { admit } from './admit.ts';
import { decideDoubt, endAttempt, failed, isOverdue, timedOut } from './attempt-end.ts';
import type { Attempt, Call, CallResult } from './call.ts';
import type { RunContext } from './context.ts';
import { costRefusal } from './costs.ts';
import { recordExecution } from './executions.ts';
import { cutOffBefore } from './history.ts';
import { actionHash, idempotencyKey } from './idempotency.ts';
import { settleInterrupted } from './interrupted.ts';
import type { AttemptOperation } from './operations.ts';
import { cancelledFault, perform, sleep } from './program.ts';
import type { Program } from './scheduler.ts';

/** retry ( one attempt ): makes attempts until one succeeds, none is left, or the step's time is over. */
export function* callWithRetries(context: RunContext, call: Call): Program<CallResult> {
  const begunAt = context.history.attempts.get(attemptKey(call.key, 1))?.intendedAt ?? context.now;
  let isInDoubt = false;
  for (let number = 1; ; number += 1) {
    const { result, cutOff } = yield* oneAttempt(context, call, number);
    isInDoubt ||= cutOff > 0 || (!result.ok && result.fault.outcome === 'unknown');
    const pause = isRepeated(call, number, result) ? yield* pauseBefore(context, call, number, result.fault) : result;
    if (pause === 'in_time') continue;
    const last = isInDoubt ? withDoubt(call, pause) : pause;
    const attempts = !pause.ok && wasNeverIntended(pause.fault) ? number - 1 : number;
    recordExecution(context, { call, result: last, attempts, begunAt });
    return { result: last, attempts };
  }
}

/** That the last attempt was surely not executed says nothing about those before it. */
function withDoubt({ step }: Call, result: StepResult): StepResult {
  if (result.ok || result.fault.outcome !== 'not_executed' || step.effect === 'read') return result;
  return failed({ ...result.fault, outcome: 'unknown' });
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
  if (outcome === 'aborted') return failed(cancelledFault(context));
  return isOverdue(context, call) ? failed(timedOut(call, fault)) : 'in_time';
}

interface AttemptResult {
  readonly result: StepResult;
  /** How often the attempt may have been executed besides, unseen. */
  readonly cutOff: number;
}

function* oneAttempt(context: RunContext, call: Call, number: number): Program<AttemptResult> {
  const key = attemptKey(call.key, number);
  const recorded = context.history.attempts.get(key);
  let cutOff = recorded?.cutOff ?? 0;
  if (recorded?.ended?.fault) {
    const result = yield* decideDoubt(context, call, { key, number, cutOff }, recorded.ended.fault);
    return { result, cutOff };
  }
  if (recorded && !recorded.ended) {
    const settled = yield* settleInterrupted(context, call, { key, number, cutOff });
    if (settled !== 'not_happened' && settled !== 'repeat') return { result: settled, cutOff };
    cutOff = settled === 'repeat' ? cutOffBefore(recorded) : cutOff;
  }
  if (context.cancelled) return { result: failed(cancelledFault(context)), cutOff };
  return { result: yield* makeAttempt(context, call, { key, number, cutOff }), cutOff };
}

function* makeAttempt(context: RunContext, call: Call, attempt: Attempt): Program<StepResult> {
  const notAdmitted = yield* admit(context, call, attempt.key);
  if (notAdmitted?.kind === 'cancelled') return failed(notAdmitted);
  const refusal = notAdmitted ?? costRefusal(context, call, attempt);
  if (refusal) return yield* endAttempt(context, call, attempt, { result: failed(refusal), durationMs: 0 });
  const operation = operationOf(context, call, attempt);
  const { key, effect, idempotencyKey: identity } = operation;
  context.emit({ type: 'attempt.intended', at: context.now, key, effect, idempotencyKey: identity });
  return yield* endAttempt(context, call, attempt, yield* perform(context, operation));
}

function operationOf(context: RunContext, call: Call, { key, number }: Attempt): AttemptOperation {
  const { step, action, settings, limit } = call;
  const ownKey = settings.idempotencyKey;
  return {
    kind: 'attempt',
    key,
    step: step.key,
    number,
    action,
    effect: step.effect,
    idempotencyKey: ownKey === undefined ? derivedKey(context, call) : ownedKey(ownKey, call),
    timeoutMs: settings.attemptTimeoutMs,
    ...(limit ? { deadline: limit.deadline } : {}),
    ...(settings.budget ? { budget: settings.budget } : {}),
  };
}

/** A retry of a call that may have happened carries the key that it had. */
function derivedKey({ facts }: RunContext, { key, action }: Call): string {
  const before = facts.doubtful?.[key];
  return before && before.action === actionHash(action) ? before.idempotencyKey : idempotencyKey(facts.id, key);
}

/** The author's key, told apart per poll and alternative as the derived one is. */
function ownedKey(own: string, call: Call): string {
  return `${own}${call.key.slice(call.step.key.length)}`;
}
