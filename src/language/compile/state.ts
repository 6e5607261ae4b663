import type { Json } from '../../model/json.ts';
import type { Value } from '../../model/values.ts';
import type { StateStep } from '../../model/workflow.ts';
import { describe } from '../structure/check-shape.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import { hasOneType, specOf, typesOf } from './input-specs.ts';
import { durationOf } from './settings.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

const operations = ['get', 'put', 'delete'] as const;

/** Keys of `state` that belong to some operations only. */
const owners: Readonly<Record<string, readonly StateStep['operation'][]>> = {
  value: ['put'],
  default: ['get'],
  expires: ['put'],
  schema: ['get', 'put'],
};

export function compileState(context: ActionContext): StateStep | undefined {
  const { map, site } = context;
  const node = child(map, 'state');
  if (node?.kind !== 'map') return undefined;
  const operation = operationOf(node, context);
  const named = operation && child(node, operation);
  const name = named && valueOf(named, site);
  const fields = fieldsOf(node, context);
  if (operation === undefined || name === undefined) return undefined;
  const scope = textOf(child(node, 'scope')) === 'project' ? 'project' : 'workflow';
  return { kind: 'state', ...baseOf(context), operation, name, ...fields, scope };
}

function operationOf(node: MapNode, { site }: ActionContext): StateStep['operation'] | undefined {
  const { findings } = site.loading;
  const [operation, second] = operations.filter((key) => node.entries.has(key));
  if (operation === undefined || second !== undefined) {
    const place = second === undefined ? placeOf(node) : keyPlace(node, second);
    const message = '`state` does one thing: it has exactly one of `get`, `put` and `delete`.';
    findings.error('STATE_INVALID', place, message, second && 'Make it two steps.');
    return undefined;
  }
  checkKeys(node, operation, site.loading.findings);
  return operation;
}

function checkKeys(
  node: MapNode,
  operation: StateStep['operation'],
  findings: ActionContext['site']['loading']['findings'],
): void {
  for (const [key, owning] of Object.entries(owners)) {
    if (!node.entries.has(key) || owning.includes(operation)) continue;
    const message = `\`${key}\` belongs to ${owning.map((owner) => `\`${owner}\``).join(' and ')}, but this is a \`${operation}\`.`;
    findings.error('STATE_INVALID', keyPlace(node, key), message, 'Delete it.');
  }
  if (operation === 'put' && !node.entries.has('value')) {
    findings.error('KEY_MISSING', keyPlace(node, 'put'), '`put` needs the key `value`: what is kept.');
  }
}

function fieldsOf(node: MapNode, context: ActionContext): Partial<Pick<StateStep, 'value' | 'default' | 'schema'>> {
  const value = checkedValue(node, 'value', context);
  const byDefault = checkedValue(node, 'default', context);
  const schema = child(node, 'schema');
  const expiresMs = durationOf(child(node, 'expires'), context.site);
  return {
    ...(value && { value }),
    ...(byDefault && { default: byDefault }),
    ...(schema && { schema: specOf(schema, context.site.loading).schema }),
    ...(expiresMs !== undefined && { expiresMs }),
  };
}

/** A value that is written out must have a type that the schema allows; the rest is left to the run. */
function checkedValue(node: MapNode, key: 'value' | 'default', { site }: ActionContext): Value | undefined {
  const given = child(node, key);
  const value = given && valueOf(given, site);
  const schema = child(node, 'schema');
  const types = schema === undefined ? [] : typesOf(schema.kind === 'map' ? child(schema, 'type') : schema);
  if (given === undefined || value?.kind !== 'literal' || !isOfOther(value.value, types)) return value;
  const message = `\`${key}\` is ${describe(given)}, but \`schema\` says ${types.join(' or ')}.`;
  site.loading.findings.error('VALUE_TYPE', placeOf(given), message);
  return value;
}

/** Null says that there is no value. */
function isOfOther(value: Json, types: readonly string[]): boolean {
  return types.length > 0 && value !== null && !hasOneType(value, types);
}
