import type { StepResult } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { pollKey, timerKey } from '../../model/keys.ts';
import { formatDuration } from '../../model/time.ts';
import { declaredKey, type Alternative, type CallStep } from '../../model/workflow.ts';
import { mayFallBack } from '../policies/retry.ts';
import type { CacheAddress } from '../ports.ts';
import { isOverdue, timedOut } from './attempt-end.ts';
import { callWithRetries } from './attempts.ts';
import type { Call, CallResult } from './call.ts';
import type { RunContext } from './context.ts';
import { markRescued, paramsOf, recordCacheHit, recordExecution } from './executions.ts';
import { cacheKey } from './idempotency.ts';
import { cancelledFault, evaluate, isTrue, perform, sleep } from './program.ts';
import type { Program } from './scheduler.ts';

/** How a call step ended, all its policies applied. */
export interface CallOutcome {
  readonly result: StepResult;
  readonly attempts: number;
  readonly cachedAgeMs?: number;
  /** Key of the alternative that gave the result. */
  readonly fallback?: string;
}

/** refusals → cache look-up → last good result ( fallback ( timeout ( until ( retry ( attempt ) ) ) ) ) → cache store. */
export function* performCall(context: RunContext, call: Call): Program<CallOutcome> {
  const refused = yield* refusalOf(context, call);
  if (refused) return refused;
  const cached = yield* lookUp(context, call);
  if (cached) return cached;
  const calledAt = context.now;
  const primary = yield* callUntilMet(context, call);
  if (primary.result.ok) {
    store(context, call, primary.result.output, calledAt);
    return primary;
  }
  forgo(context, call);
  const failed = { result: primary.result, attempts: primary.attempts };
  const outcome = yield* fallBack(context, call, failed);
  return outcome.result.ok ? outcome : ((yield* lastGood(context, call, failed)) ?? outcome);
}

/** A tool that is not what somebody reviewed, or that takes no such params, is not asked, and no cache answers for it. */
function* refusalOf(context: RunContext, call: Call): Program<CallOutcome | undefined> {
  const { action, key } = call;
  // A call that was begun before a crash is finished: whether it happened must not be forgotten.
  if (action.kind !== 'tool' || context.history.attempts.has(`${key}#1`)) return undefined;
  const { fault } = yield* perform(context, { kind: 'refusal', key, action });
  if (!fault) return undefined;
  const result = { ok: false, fault } as const;
  recordExecution(context, { call, result, attempts: 1, begunAt: context.now });
  return { result, attempts: 0 };
}

function* lookUp(context: RunContext, call: Call): Program<CallOutcome | undefined> {
  const address = cacheAddressOf(context, call);
  // A call that was begun before a crash is finished, not looked up.
  if (address === undefined || context.history.attempts.has(`${call.key}#1`)) return undefined;
  const want = { kind: 'fresh', patienceMs: patienceOf(context, call) } as const;
  const { hit } = yield* perform(context, { kind: 'cache', key: call.key, address, want });
  if (!hit) return undefined;
  recordCacheHit(context, call);
  return { result: { ok: true, output: hit.output }, attempts: 0, cachedAgeMs: hit.ageMs };
}

/** As long as one attempt of its own might take. */
function patienceOf({ now }: RunContext, { settings, limit }: Call): number {
  return Math.min(settings.attemptTimeoutMs, limit ? limit.deadline - now : Number.POSITIVE_INFINITY);
}

/** The last result that the call gave when it still could, where the author allows it and it is not too old. */
function* lastGood(
  context: RunContext,
  call: Call,
  { result, attempts }: { readonly result: Extract<StepResult, { ok: false }>; readonly attempts: number },
): Program<CallOutcome | undefined> {
  const { cacheStaleMs: staleMs } = call.settings;
  const address = cacheAddressOf(context, call);
  if (staleMs === undefined || address === undefined) return undefined;
  if (result.fault.kind === 'cancelled' || context.cancelled) return undefined;
  const { hit } = yield* perform(context, {
    kind: 'cache',
    key: call.key,
    address,
    want: { kind: 'last_good', staleMs },
  });
  if (!hit) return undefined;
  const key = `${call.step.key}/last_good`;
  recordCacheHit(context, call, key);
  return { result: { ok: true, output: hit.output }, attempts, cachedAgeMs: hit.ageMs, fallback: key };
}

function store(context: RunContext, call: Call, output: Json, calledAt: number): void {
  const address = cacheAddressOf(context, call);
  const { cacheTtlMs, cacheStaleMs = 0 } = call.settings;
  if (address === undefined || cacheTtlMs === undefined) return;
  const expiresAt = context.now + cacheTtlMs;
  const entry = { ...address, output, calledAt, expiresAt, keptUntil: expiresAt + cacheStaleMs };
  context.cacheChanges.push({ kind: 'put', entry });
}

function forgo(context: RunContext, call: Call): void {
  const address = cacheAddressOf(context, call);
  if (address !== undefined) context.cacheChanges.push({ kind: 'forgo', key: address.key });
}

function cacheAddressOf(context: RunContext, { step, action, settings }: Call): CacheAddress | undefined {
  const { options, id, fingerprint } = context.facts;
  if (!step.cache || step.until || !options.cache) return undefined;
  const { scope } = step.cache;
  const key = cacheKey(action, { scope: scope === 'run' ? id : '', own: settings.cacheKey, fingerprint });
  if (action.kind !== 'tool') return { key, server: action.kind, tool: '', scope };
  const { server, tool, version } = action;
  return { key, server, tool, scope, ...(version === undefined ? {} : { version }) };
}

/** timeout ( until ( … ) ): polls until the condition holds; without `until` it is one call. */
function* callUntilMet(context: RunContext, call: Call): Program<CallResult> {
  const { until } = call.step;
  if (!until) return yield* callWithRetries(context, call);
  let attempts = 0;
  for (let poll = 1; ; poll += 1) {
    const key = pollKey(call.step.key, poll);
    const known = context.history.polls.get(key);
    if (known === undefined) {
      const called = yield* callWithRetries(context, { ...call, key });
      attempts += called.attempts;
      if (!called.result.ok) return { ...called, attempts };
      const met = yield* isMet(context, call, called.result.output, key);
      if (met || context.facts.options.dryRun) return { ...called, attempts };
    } else attempts += 1;
    const fault = yield* pauseBetweenPolls(context, call, key);
    if (fault) return { result: { ok: false, fault }, attempts };
  }
}

function* isMet(context: RunContext, { step }: Call, output: Json, key: string): Program<boolean> {
  if (!step.until) return true;
  context.showResult(step, output);
  try {
    const met = yield* isTrue(context, step.until.condition, 'until');
    context.emit({ type: 'poll.ended', at: context.now, key, met });
    return met;
  } finally {
    context.hideResult(step);
  }
}

function* pauseBetweenPolls(context: RunContext, call: Call, key: string): Program<Fault | undefined> {
  const due = context.now + (call.settings.everyMs ?? 0);
  const timer = {
    key: timerKey(key, 'every'),
    due: Math.min(due, call.limit?.deadline ?? due),
    reason: 'every' as const,
  };
  if ((yield* sleep(context, timer)) === 'aborted') {
    return cancelledFault(context);
  }
  return isOverdue(context, call) ? neverMet(call) : undefined;
}

function neverMet(call: Call): Fault {
  const time = call.limit ? ` within ${formatDuration(call.limit.timeoutMs)}` : '';
  const condition = call.step.until?.condition.text ?? '';
  return { ...timedOut(call, undefined), message: `Not met${time}: ${condition}`, outcome: 'failed' };
}

/** Tries the alternatives in order. Where none gives a result, the call's own fault stands. */
function* fallBack(context: RunContext, call: Call, primary: FailedCall): Program<CallOutcome> {
  if (call.step.fallback.length === 0) return primary;
  return yield* tryAlternatives(context.within({ locals: failedCallOf(call, primary) }), call, primary);
}

type FailedCall = { readonly result: Extract<StepResult, { ok: false }>; readonly attempts: number };

/** What a fallback for many calls sees of the one that failed. */
function failedCallOf({ step, action }: Call, { result, attempts }: FailedCall): JsonObject {
  const { kind, message } = result.fault;
  return { 'call:params': paramsOf(action), 'call:error': { step: step.key, code: kind, message, attempts } };
}

function* tryAlternatives(context: RunContext, { step, runStep }: Call, primary: FailedCall): Program<CallOutcome> {
  const { fault } = primary.result;
  if (fault.kind === 'cancelled') return primary;
  for (const alternative of step.fallback) {
    if (!isAllowed(alternative, fault, step)) continue;
    if (alternative.kind === 'value') {
      const output = yield* evaluate(context, alternative.value, 'fallback.value');
      markRescued(context, step.key);
      return { result: { ok: true, output }, attempts: primary.attempts, fallback: alternative.key };
    }
    const { step: other } = alternative;
    if (yield* runStep(context, other)) {
      const output = context.resultOf(declaredKey(other)) ?? null;
      return { result: { ok: true, output }, attempts: primary.attempts, fallback: other.key };
    }
    if (context.cancelled) break;
  }
  return primary;
}

function isAllowed(alternative: Alternative, fault: Fault, step: CallStep): boolean {
  if (alternative.kind === 'value' || alternative.afterUnknown || mayFallBack(fault, step.effect, step.retry))
    return true;
  return !('effect' in alternative.step) || alternative.step.effect === 'read';
}
