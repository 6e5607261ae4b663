import { evaluateValue } from '../../language/expressions/evaluate.ts';
import { EvaluationError, type EvaluationScope } from '../../language/expressions/scope.ts';
import type { Action, HttpAction } from '../../model/actions.ts';
import type { Budget } from '../../model/budgets.ts';
import type { ResolvedConcurrency, ResolvedRateLimit, ResolvedSettings } from '../../model/events.ts';
import { isJsonObject, isScalar, type Json } from '../../model/json.ts';
import { replaceHandles } from '../../model/secrets.ts';
import { parseDuration } from '../../model/time.ts';
import type { ObjectValue, PathValue, Value } from '../../model/values.ts';
import type { CallStep, HttpStep, RunStep, ToolStep } from '../../model/workflow.ts';
import type { BudgetPolicy, ConcurrencyPolicy, RateLimitPolicy, Setting } from '../../model/policies.ts';
import type { RunContext } from './context.ts';
import { paramsOf } from './executions.ts';
import { localScope } from './local-scope.ts';
import { evaluate } from './program.ts';
import type { Program } from './scheduler.ts';

/** The call of a step with every field resolved; throws EvaluationError naming the field. */
export function* resolveAction(context: RunContext, step: CallStep): Program<Action> {
  switch (step.kind) {
    case 'tool':
      return yield* resolveTool(context, step);
    case 'http':
      return yield* resolveHttp(context, step);
    case 'run':
      return yield* resolveRun(context, step);
  }
}

function* resolveTool(context: RunContext, step: ToolStep): Program<Action> {
  const params = yield* evaluate(context, step.params, 'params');
  if (!isJsonObject(params)) throw new EvaluationError('expression', 'params: must be a mapping');
  const { server, tool, version } = step;
  return { kind: 'tool', server, tool, ...(version === undefined ? {} : { version }), params };
}

function* resolveHttp(context: RunContext, step: HttpStep): Program<Action> {
  const { method, computedHost, expect, maxSizeBytes } = step;
  const url = yield* textOf(context, step.url, 'http.url');
  const headers = yield* textsOf(context, step.headers, 'http.headers');
  const query = yield* queryOf(context, step.query);
  const body = step.body && {
    kind: step.body.kind,
    value: yield* evaluate(context, step.body.value, `http.${step.body.kind}`),
  };
  const auth = yield* resolveAuth(context, step);
  return {
    kind: 'http',
    method,
    url,
    computedHost,
    headers,
    query,
    ...(body ? { body } : {}),
    ...(auth ? { auth } : {}),
    expect,
    maxSizeBytes,
  };
}

function* resolveAuth(context: RunContext, { auth }: HttpStep): Program<HttpAction['auth']> {
  if (!auth) return undefined;
  if (auth.kind === 'bearer') {
    return { kind: 'bearer', token: yield* textOf(context, auth.token, 'http.auth.bearer') };
  }
  const username = yield* textOf(context, auth.username, 'http.auth.basic.username');
  const password = yield* textOf(context, auth.password, 'http.auth.basic.password');
  return { kind: 'basic', username, password };
}

function* resolveRun(context: RunContext, step: RunStep): Program<Action> {
  const args: string[] = [];
  for (const [index, value] of step.args.entries()) args.push(yield* textOf(context, value, `args[${index}]`));
  const env = yield* textsOf(context, step.env, 'env');
  const cwd = step.cwd && (yield* textOf(context, step.cwd, 'cwd'));
  const { script, shell } = step;
  return { kind: 'run', script, shell, args, env, ...(cwd === undefined ? {} : { cwd }) };
}

function* queryOf(context: RunContext, query: ObjectValue): Program<HttpAction['query']> {
  const resolved: Record<string, string | readonly string[]> = {};
  for (const [name, value] of query.entries) {
    const given = yield* evaluate(context, value, `http.query.${name}`);
    if (given === null) continue;
    resolved[name] = Array.isArray(given)
      ? given.map((item: Json, index) => toText(item, `http.query.${name}[${index}]`))
      : toText(given, `http.query.${name}`);
  }
  return resolved;
}

function* textsOf(context: RunContext, values: ObjectValue, at: string): Program<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of values.entries) texts[name] = yield* textOf(context, value, `${at}.${name}`);
  return texts;
}

function* textOf(scope: EvaluationScope, value: Value, at: string): Program<string> {
  return toText(yield* evaluate(scope, value, at), at);
}

/** Text for a place that holds only text: a header, an argument, a variable. Objects are JSON. */
function toText(value: Json, at: string): string {
  if (typeof value === 'string') return value;
  if (value === null) throw new EvaluationError('expression', `${at}: is null, and text is needed`);
  return isScalar(value) ? String(value) : JSON.stringify(value);
}

/** The numbers of a call step's policies; references among them are read now and kept with the step. */
export function* resolveSettings(context: RunContext, step: CallStep, action: Action): Program<ResolvedSettings> {
  const { retry, until, cache } = step;
  const call = { context, scope: localScope(context, { params: paramsOf(action) }) };
  const ownKey = step.idempotencyKey && (yield* textOf(context, step.idempotencyKey, 'idempotency_key'));
  const cacheOwnKey = cache?.key && JSON.stringify(yield* evaluate(context, cache.key, 'cache.key'));
  return {
    attemptTimeoutMs: timeSpan(context, step.attemptTimeoutMs, 'attempt_timeout'),
    retryMax: count(context, retry.max, 'retry.max'),
    retryDelayMs: duration(context, retry.delayMs, 'retry.delay'),
    retryMaxDelayMs: duration(context, retry.maxDelayMs, 'retry.max_delay'),
    ...(until ? { everyMs: duration(context, until.everyMs, 'every') } : {}),
    ...(cache ? { cacheTtlMs: duration(context, cache.ttlMs, 'cache.ttl') } : {}),
    ...(cache?.staleIfErrorMs === undefined
      ? {}
      : { cacheStaleMs: duration(context, cache.staleIfErrorMs, 'cache.stale_if_error') }),
    ...(cacheOwnKey === undefined ? {} : { cacheKey: cacheOwnKey }),
    ...(ownKey === undefined ? {} : { idempotencyKey: ownKey }),
    ...(step.rateLimit ? { rateLimit: yield* resolveRateLimit(call, step.rateLimit) } : {}),
    ...(step.concurrency ? { concurrency: yield* resolveConcurrency(call, step.concurrency) } : {}),
    ...(step.budget && step.effect !== 'read' ? { budget: yield* resolveBudget(call, step.budget) } : {}),
  };
}

/** A call whose limits are resolved; `scope` has its `$params` besides what the step sees. */
interface LimitedCall {
  readonly context: RunContext;
  readonly scope: EvaluationScope;
}

function* resolveBudget(call: LimitedCall, budget: BudgetPolicy): Program<Budget> {
  const { context } = call;
  return {
    key: yield* keyOf(call, budget, 'budget.key'),
    max: count(context, budget.max, 'budget.max'),
    perMs: timeSpan(context, budget.perMs, 'budget.per'),
  };
}

function* resolveRateLimit(call: LimitedCall, limit: RateLimitPolicy): Program<ResolvedRateLimit> {
  const { context } = call;
  const key = yield* keyOf(call, limit, 'rate_limit.key');
  const max = count(context, limit.max, 'rate_limit.max', 1);
  return { key, max, perMs: timeSpan(context, limit.perMs, 'rate_limit.per') };
}

function* resolveConcurrency(call: LimitedCall, limit: ConcurrencyPolicy): Program<ResolvedConcurrency> {
  const { context } = call;
  const key = yield* keyOf(call, limit, 'concurrency.key');
  return { key, max: count(context, limit.max, 'concurrency.max', 1) };
}

/** What calls are counted by: the same for the same secret in every run, and without its value. */
function* keyOf(
  { context, scope }: LimitedCall,
  { target, key }: Pick<BudgetPolicy, 'target' | 'key'>,
  at: string,
): Program<string> {
  const name = key ? yield* textOf(scope, key, at) : target;
  const { fingerprint } = context.facts;
  const shown = ({ name: secret }: { readonly name: string }): string =>
    `[secret ${secret} ${fingerprint(secret).slice(0, 16)}]`;
  if (name.trim() !== '') return replaceHandles(name, shown);
  throw new EvaluationError('expression', `${at}: is empty, so it tells nothing apart`);
}

/** True when all settings stand in the definition, which travels with the run: then they need not be recorded too. */
export function hasFixedSettings(step: CallStep): boolean {
  const { attemptTimeoutMs, retry, until, cache, idempotencyKey, rateLimit, concurrency, budget } = step;
  const settings = [
    attemptTimeoutMs,
    retry.max,
    retry.delayMs,
    retry.maxDelayMs,
    until?.everyMs ?? 0,
    cache?.ttlMs ?? 0,
    budget?.max ?? 0,
    budget?.perMs ?? 0,
    rateLimit?.max ?? 0,
    rateLimit?.perMs ?? 0,
    concurrency?.max ?? 0,
  ];
  const computed = [idempotencyKey, cache?.key, rateLimit?.key, concurrency?.key, budget?.key];
  return computed.every((each) => each === undefined) && settings.every((each) => typeof each === 'number');
}

/** Milliseconds of a setting that is a number of milliseconds or a reference to a duration such as `10s`. */
export function duration(context: EvaluationScope, setting: Setting, at: string): number {
  if (typeof setting === 'number') return setting;
  const given = evaluateValue(setting, context, at);
  const ms = typeof given === 'string' ? parseDuration(given) : undefined;
  if (ms !== undefined) return ms;
  throw unsuitable(setting, given, `${at}: a duration such as "10s" is needed`);
}

/** A duration that is not zero: a window of no length would limit nothing. */
export function timeSpan(context: EvaluationScope, setting: Setting, at: string): number {
  const ms = duration(context, setting, at);
  if (ms > 0 || typeof setting === 'number') return ms;
  throw unsuitable(setting, evaluateValue(setting, context, at), `${at}: a duration above zero is needed`);
}

/** A whole number from `least`. */
export function count(context: RunContext, setting: Setting, at: string, least = 0): number {
  if (typeof setting === 'number') return setting;
  const given = evaluateValue(setting, context, at);
  if (typeof given === 'number' && Number.isInteger(given) && given >= least) return given;
  throw unsuitable(setting, given, `${at}: a whole number from ${least} is needed`);
}

function unsuitable(setting: PathValue, given: unknown, wanted: string): EvaluationError {
  return new EvaluationError('expression', `${wanted}, and ${setting.text} is ${JSON.stringify(given)}`);
}
