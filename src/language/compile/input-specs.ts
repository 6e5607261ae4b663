import type { Json, JsonObject } from '../../model/json.ts';
import { isJsonObject } from '../../model/json.ts';
import type { InputSpec } from '../../model/workflow.ts';
import { whyReserved } from '../scopes/reserved.ts';
import { describe } from '../structure/check-shape.ts';
import type { Entry, Node } from '../yaml/tree.ts';
import { child, entriesOf, plain, textOf } from '../yaml/tree.ts';
import type { Loading } from './loading.ts';
import { isSensitive } from './sensitive.ts';

/** The inputs of a workflow, with shorthands written out. */
export function inputSpecsOf(node: Node | undefined, loading: Loading): Readonly<Record<string, InputSpec>> {
  for (const { name, key } of entriesOf(node)) {
    const reserved = whyReserved(name, 'input');
    if (reserved === undefined) continue;
    loading.findings.error(
      'INPUT_RESERVED',
      key,
      `An input cannot be called \`${name}\`: ${reserved}.`,
      'Choose another name.',
    );
  }
  return specsOf(node, loading);
}

/** Values by name with their schemas: shorthands written out, patterns readable, defaults of the schema's type. */
export function specsOf(node: Node | undefined, loading: Loading): Readonly<Record<string, InputSpec>> {
  for (const entry of entriesOf(node)) {
    checkPattern(entry, loading);
    checkDefault(entry, loading);
  }
  return Object.fromEntries(entriesOf(node).map(({ name, value }) => [name, specOf(value, loading)]));
}

/** True when a value of this input can never have fields. */
export function isScalarInput(node: Node): boolean {
  const type = textOf(node) ?? textOf(child(node, 'type'));
  return type === 'string' || type === 'number' || type === 'integer' || type === 'boolean';
}

/** A schema, or the name of a type for short. */
export function specOf(node: Node, loading: Loading): InputSpec {
  const shorthand = textOf(node);
  const whole = shorthand === undefined ? plain(node) : { type: shorthand };
  const { default: byDefault, sensitive: _, ...schema } = isJsonObject(whole) ? whole : ({} as JsonObject);
  const description = typeof schema['description'] === 'string' ? schema['description'] : undefined;
  return {
    schema,
    ...(byDefault !== undefined && { default: byDefault }),
    ...(description !== undefined && { description }),
    ...(isSensitive(node, loading) && { sensitive: true }),
  };
}

function checkPattern({ name, value }: Entry, { findings }: Loading): void {
  const node = child(value, 'pattern');
  const pattern = textOf(node);
  if (node === undefined || pattern === undefined) return;
  if (isRegularExpression(pattern)) return;
  findings.error('INPUT_PATTERN', node, `The pattern of \`${name}\` is not a regular expression: ${describe(node)}.`);
}

function isRegularExpression(pattern: string): boolean {
  try {
    return RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function checkDefault({ name, value }: Entry, { findings }: Loading): void {
  const node = child(value, 'default');
  if (node === undefined || (node.kind === 'scalar' && node.empty)) return;
  const types = typesOf(child(value, 'type'));
  const allowed = child(value, 'enum');
  const given = plain(node);
  if (types.length > 0 && !hasOneType(given, types)) {
    const message = `The default of \`${name}\` is ${describe(node)}, but its type is ${types.join(' or ')}.`;
    findings.error('INPUT_DEFAULT', node, message);
  } else if (
    allowed?.kind === 'list' &&
    !allowed.items.some((item) => JSON.stringify(plain(item)) === JSON.stringify(given))
  ) {
    findings.error(
      'INPUT_DEFAULT',
      node,
      `The default of \`${name}\` is ${describe(node)}, which its \`enum\` does not list.`,
    );
  }
}

export function typesOf(node: Node | undefined): readonly string[] {
  const types = node && plain(node);
  if (typeof types === 'string') return [types];
  return Array.isArray(types) ? types.map(String) : [];
}

export function hasOneType(value: Json, types: readonly string[]): boolean {
  return types.some((type) => hasType(value, type));
}

function hasType(value: Json, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isJsonObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
