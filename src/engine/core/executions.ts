import { targetOf, type StepResult } from '../../model/actions.ts';
import type { Execution } from '../../model/executions.ts';
import type { Json } from '../../model/json.ts';
import { mapTexts, shownHandles } from '../../model/secrets.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Call } from './call.ts';
import type { RunContext } from './context.ts';

/** Adds a finished call to the execution log: all its attempts are one entry. */
export function recordExecution(
  context: RunContext,
  done: { readonly call: Call; readonly result: StepResult; readonly attempts: number; readonly begunAt: EpochMs },
): void {
  const { call, result, attempts, begunAt } = done;
  let execution = describeCall(context, call, {
    success: result.ok,
    durationMs: Math.max(0, context.now - begunAt),
    cache: call.step.cache && context.facts.options.cache ? 'miss' : 'none',
    retryCount: Math.max(0, attempts - 1),
  });
  const cost = context.spending.spentOn(call.key);
  if (cost > 0) execution = { ...execution, cost };
  const waitedMs = context.limitWaits.of(call.key);
  if (waitedMs > 0) execution = { ...execution, waitedMs };
  if (result.ok) context.executions.push(execution);
  else context.executions.push({ ...execution, error: { kind: result.fault.kind, message: result.fault.message } });
}

/**
 * Adds a call that the cache answered.
 * @param standIn key of the answer where it stands in for a call that failed
 */
export function recordCacheHit(context: RunContext, call: Call, standIn?: string): void {
  const outcome = { success: true, durationMs: 0, cache: 'hit', retryCount: 0 } as const;
  if (standIn === undefined) context.executions.push(describeCall(context, call, outcome));
  else context.executions.push({ ...describeCall(context, { ...call, key: standIn }, outcome), fallbackUsed: true });
}

/** Marks the failed call of a step in the log as one that a stated value stands in for. */
export function markRescued(context: RunContext, step: string): void {
  const index = context.executions.findLastIndex((execution) => execution.step === step);
  const failed = context.executions[index];
  if (failed) context.executions[index] = { ...failed, fallbackUsed: true };
}

type Outcome = Pick<Execution, 'success' | 'durationMs' | 'cache' | 'retryCount'>;

/** Member by member: this is done for every call, and spreading objects into one another is slow. */
function describeCall(context: RunContext, { step, action, key }: Call, outcome: Outcome): Execution {
  const { server, tool } = targetOf(action);
  const execution: Execution = {
    id: `${context.facts.id}:${key}`,
    run: context.facts.id,
    step: step.key,
    kind: action.kind,
    server,
    tool,
    params: context.facts.workflow.secrets === undefined ? paramsOf(action) : mapTexts(paramsOf(action), shownHandles),
    success: outcome.success,
    durationMs: outcome.durationMs,
    cache: outcome.cache,
    retryCount: outcome.retryCount,
    fallbackUsed: step.key.includes('/fallback['),
    at: context.now,
  };
  const { environment } = context.facts.options;
  const named = environment === undefined ? execution : { ...execution, environment };
  return action.kind !== 'tool' || action.version === undefined ? named : { ...named, version: action.version };
}

/** What the log and a fallback for many calls see of a call; credentials of an HTTP call stay out. */
export function paramsOf(action: Call['action']): Json {
  switch (action.kind) {
    case 'tool':
      return action.params;
    case 'http':
      return { url: action.url, query: { ...action.query }, body: action.body?.value ?? null };
    case 'run':
      return { script: action.script, args: action.args, env: { ...action.env } };
  }
}
