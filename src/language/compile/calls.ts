import type { EffectClass } from '../../model/effects.ts';
import { attemptTimeoutOfTool, effectOfTool } from '../../model/tool-effects.ts';
import { fullName } from '../../model/tool-versions.ts';
import type { Value } from '../../model/values.ts';
import type { CallStep, HttpStep, RunStep, ToolStep } from '../../model/workflow.ts';
import { child, textOf } from '../yaml/tree.ts';
import { commandOf } from './command.ts';
import { alternativesOf } from './fallback.ts';
import { effectOfRequest, requestOf } from './http.ts';
import { policiesOf } from './policies.ts';
import { policyOf } from './policy-layers.ts';
import { durationOf, read } from './settings.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { conditionOf, paramsOf } from './texts.ts';
import { toolNameOf } from './tool-name.ts';
import { untilScope } from './until-scope.ts';
import { verifyOf } from './verify.ts';

export function compileTool(context: ActionContext): ToolStep | undefined {
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

export function compileHttp(context: ActionContext): HttpStep | undefined {
  const node = child(context.map, 'http');
  const request = requestOf(node, { ...context.site, secrets: 'taken' });
  const effect = ownEffect(context) ?? effectOfRequest(node);
  const call = callOf(context, effect);
  return request && { kind: 'http', ...call, ...baseOf(context), ...request };
}

export function compileRun(context: ActionContext): RunStep | undefined {
  const command = commandOf(context.map, context.site);
  const call = callOf(context, ownEffect(context) ?? 'write');
  return command && { kind: 'run', ...call, ...baseOf(context), ...command };
}

function callOf(context: ActionContext, effect: EffectClass, usualTimeoutMs?: number) {
  const { map: step, site, kind, place, layers, target = place.key } = context;
  if (kind !== 'tool' && kind !== 'http' && kind !== 'run') throw new TypeError(`A ${kind} step makes no call.`);
  const { inHandler, looksAgain } = place;
  const source = { step, site, layers, kind, effect, inHandler, target, ...(looksAgain && { looksAgain }) };
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
