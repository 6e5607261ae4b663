import type { EffectClass } from '../../model/effects.ts';
import { attemptTimeoutOfTool, effectOfTool } from '../../model/tool-effects.ts';
import type { Value } from '../../model/values.ts';
import type { CallStep, LogLevel, Step } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import { child, placeOf, textOf } from '../yaml/tree.ts';
import { commandOf } from './command.ts';
import { alternativesOf } from './fallback.ts';
import { effectOfRequest, requestOf } from './http.ts';
import { policiesOf } from './policies.ts';
import { policyOf } from './policy-layers.ts';
import { durationOf, read } from './settings.ts';
import type { ActionContext } from './step-context.ts';
import { isSensitive } from './sensitive.ts';
import { conditionOf, paramsOf, valueOf } from './texts.ts';
import { fullName } from '../../model/tool-versions.ts';
import { toolNameOf } from './tool-name.ts';
import { untilScope } from './until-scope.ts';
import { verifyOf } from './verify.ts';

/** The compiled step without its `if`; undefined when something in it is wrong (and reported). */
export function compileAction(context: ActionContext): Step | undefined {
  switch (context.kind) {
    case 'tool':
      return compileTool(context);
    case 'http':
      return compileHttp(context);
    case 'run':
      return compileRun(context);
    case 'set':
      return compileSet(context);
    case 'log':
      return compileLog(context);
    case 'wait':
      return compileWait(context);
    case 'return':
      return compileReturn(context);
    case 'fail':
      return compileFail(context);
    case 'workflow':
    case 'approval':
    case 'parallel':
    case 'race':
    case 'for_each':
    case 'repeat':
    case 'switch':
    case 'try':
      return undefined;
  }
}

function compileTool(context: ActionContext): Step | undefined {
  const { map, site } = context;
  const name = toolNameOf(map, site);
  const params = paramsOf(child(map, 'params'), { ...site, secrets: 'taken' });
  const { tools } = site.loading.facts;
  const effect = ownEffect(context) ?? (name ? effectOfTool(name, tools).effect : 'write');
  if (name && params) noteParams(context, fullName(name), params);
  const usualTimeoutMs = name && attemptTimeoutOfTool(name, tools);
  const call = callOf(context, effect, usualTimeoutMs);
  return name && params && { kind: 'tool', ...call, ...baseOf(context), ...name, params };
}

/** Known parameters are checked once the file is compiled, since a check may have to load a validator first. */
function noteParams({ map: step, site }: ActionContext, tool: string, params: Value): void {
  const { facts, paramChecks } = site.loading;
  const known = facts.tools?.parameters ?? {};
  const schema = Object.hasOwn(known, tool) ? known[tool] : undefined;
  if (schema) paramChecks.push({ tool, schema, step, params });
}

function compileHttp(context: ActionContext): Step | undefined {
  const node = child(context.map, 'http');
  const request = requestOf(node, { ...context.site, secrets: 'taken' });
  const effect = ownEffect(context) ?? effectOfRequest(node);
  const call = callOf(context, effect);
  return request && { kind: 'http', ...call, ...baseOf(context), ...request };
}

function compileRun(context: ActionContext): Step | undefined {
  const command = commandOf(context.map, context.site);
  const call = callOf(context, ownEffect(context) ?? 'write');
  return command && { kind: 'run', ...call, ...baseOf(context), ...command };
}

function compileSet(context: ActionContext): Step | undefined {
  const node = child(context.map, 'set');
  const values = node && valueOf(node, { ...context.site, secrets: 'taken' });
  return values && { kind: 'set', ...baseOf(context), values };
}

function compileLog(context: ActionContext): Step | undefined {
  const node = child(context.map, 'log');
  const message = node && valueOf(node, context.site, { prose: true });
  const level = textOf(child(context.map, 'level'));
  return message && { kind: 'log', ...baseOf(context), message, level: isLevel(level) ? level : 'info' };
}

function isLevel(text: string | undefined): text is LogLevel {
  return text === 'debug' || text === 'info' || text === 'warn' || text === 'error';
}

function compileWait(context: ActionContext): Step | undefined {
  const { map, site } = context;
  const node = child(map, 'wait');
  const [until, event] = [child(node, 'until'), child(node, 'event')];
  if (node?.kind === 'map') {
    checkWait(context, until !== undefined, event !== undefined);
    if (event !== undefined) {
      checkEventWait(context);
      return undefined;
    }
    const value = until && valueOf(until, site);
    return value && { kind: 'wait', ...baseOf(context), wait: { until: value } };
  }
  const forMs = durationOf(node, site, { zero: true });
  return forMs === undefined ? undefined : { kind: 'wait', ...baseOf(context), wait: { forMs } };
}

function checkWait(context: ActionContext, hasUntil: boolean, hasEvent: boolean): void {
  if (hasUntil !== hasEvent) return;
  const node = child(context.map, 'wait');
  const message = hasUntil ? 'A wait is for a time or for an event, not for both.' : '`wait` needs `until` or `event`.';
  if (node)
    context.site.loading.findings.error('WAIT_INVALID', placeOf(node), message, 'For a plain pause write `wait: 30s`.');
}

function checkEventWait(context: ActionContext): void {
  const { map, site } = context;
  const node = child(map, 'wait');
  if (node === undefined) return;
  const scope = new ExtendedScope(site.scope, { event: named('event') });
  conditionOf(child(node, 'match'), { ...site, scope });
  durationOf(child(node, 'timeout'), site);
  site.loading.findings.unsupported(child(node, 'event') ?? node, '`wait` for an event');
}

function compileReturn(context: ActionContext): Step | undefined {
  const node = child(context.map, 'return');
  const value = node && valueOf(node, context.site);
  return value && { kind: 'return', ...baseOf(context), value };
}

function compileFail(context: ActionContext): Step | undefined {
  const node = child(context.map, 'fail');
  const text = node?.kind === 'map' ? child(node, 'message') : node;
  const message = text && valueOf(text, context.site, { prose: true });
  const code = textOf(child(node, 'code')) ?? 'failed';
  return message && { kind: 'fail', ...baseOf(context), code, message };
}

/** What all steps have. Called last, because the texts of a step fill its references. */
function baseOf(context: ActionContext) {
  const { map, site, place, facts } = context;
  const description = textOf(child(map, 'description'));
  const tolerated = policyOf(context, 'continue_on_error')?.node;
  const isWaiting =
    context.kind === 'wait' || context.kind === 'tool' || context.kind === 'http' || context.kind === 'run';
  const timeoutMs = isWaiting ? read(policyOf(context, 'timeout'), durationOf) : undefined;
  return {
    key: place.key,
    line: site.loading.findings.lineOf(map.start),
    continueOnError: tolerated?.kind === 'scalar' && tolerated.value === true,
    references: [...site.references].filter((key) => key !== place.key),
    ...(facts.id !== undefined && { id: facts.id }),
    ...(description !== undefined && { description }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(isSensitive(map, site.loading) && { sensitive: true as const }),
  };
}

function callOf(context: ActionContext, effect: EffectClass, usualTimeoutMs?: number) {
  const { map: step, site, kind, place, layers, target = place.key } = context;
  if (kind !== 'tool' && kind !== 'http' && kind !== 'run') throw new TypeError(`A ${kind} step makes no call.`);
  const source = { step, site, layers, kind, effect, inHandler: place.inHandler, target };
  const policies = policiesOf(usualTimeoutMs === undefined ? source : { ...source, usualTimeoutMs });
  const verify = verifyOf(context);
  const until = untilOf(context);
  return { effect, ...policies, fallback: alternativesOf(context), ...(until && { until }), ...(verify && { verify }) };
}

function untilOf(context: ActionContext): CallStep['until'] {
  const { map, site, place, facts } = context;
  const node = child(map, 'until');
  if (node === undefined) return undefined;
  const condition = conditionOf(node, { ...site, scope: untilScope(place, facts) }, { until: true });
  if (policyOf(context, 'timeout') === undefined) {
    const key = map.entries.get('until')?.key ?? node;
    const message = '`until` asks again and again, so it needs a `timeout` that ends it.';
    site.loading.findings.error('UNTIL_WITHOUT_TIMEOUT', key, message, 'Add, for example, `timeout: 5m`.');
  }
  const everyMs = read(policyOf(context, 'every'), durationOf) ?? 10_000;
  return condition && { condition, everyMs };
}

function ownEffect(context: ActionContext): EffectClass | undefined {
  const text = textOf(child(context.map, 'effect'));
  return text === 'read' || text === 'idempotent' || text === 'write' ? text : undefined;
}
