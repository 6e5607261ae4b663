import { targetOf, type StepResult } from '../../model/actions.ts';
import type { Execution } from '../../model/executions.ts';
import type { Json } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Call } from './attempts.ts';
import type { RunContext } from './context.ts';

/** Adds a finished call to the execution log: all its attempts are one entry. */
export function recordExecution(
  context: RunContext,
  done: { readonly call: Call; readonly result: StepResult; readonly attempts: number; readonly begunAt: EpochMs },
): void {
  const { call, result, attempts, begunAt } = done;
  context.executions.push({
    ...describeCall(context, call),
    success: result.ok,
    ...(result.ok ? {} : { error: { kind: result.fault.kind, message: result.fault.message } }),
    durationMs: Math.max(0, context.now - begunAt),
    cache: call.step.cache && context.facts.options.cache ? 'miss' : 'none',
    retryCount: attempts - 1,
  });
}

/** Adds a call that the cache answered. */
export function recordCacheHit(context: RunContext, call: Call): void {
  context.executions.push({
    ...describeCall(context, call),
    success: true,
    durationMs: 0,
    cache: 'hit',
    retryCount: 0,
  });
}

type Described = Pick<
  Execution,
  'id' | 'run' | 'step' | 'kind' | 'server' | 'tool' | 'version' | 'params' | 'fallbackUsed' | 'at'
>;

function describeCall(context: RunContext, { step, action, key }: Call): Described {
  return {
    id: `${context.facts.id}:${key}`,
    run: context.facts.id,
    step: step.key,
    kind: action.kind,
    ...targetOf(action),
    ...(action.kind === 'tool' && action.version !== undefined ? { version: action.version } : {}),
    params: paramsOf(action),
    fallbackUsed: step.key.includes('/fallback['),
    at: context.now,
  };
}

/** What the log shows of a call; credentials of an HTTP call stay out. */
function paramsOf(action: Call['action']): Json {
  switch (action.kind) {
    case 'tool':
      return action.params;
    case 'http':
      return { url: action.url, query: { ...action.query }, body: action.body?.value ?? null };
    case 'run':
      return { script: action.script, args: action.args, env: { ...action.env } };
  }
}
