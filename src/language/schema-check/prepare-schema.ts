import { isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';

/** Stands in every subschema and counts its evaluations. */
export const budgetKeyword = 'x-runner-budget';

export type PreparedSchema =
  { readonly ok: true; readonly schema: JsonObject } | { readonly ok: false; readonly reason: string };

const maxSize = 100_000;
const maxDepth = 64;
const maxSubschemas = 2_000;

const single = new Set(
  (
    'items additionalItems contains additionalProperties propertyNames unevaluatedItems unevaluatedProperties ' +
    'not if then else contentSchema'
  ).split(' '),
);
const lists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const names = new Set(['$schema', '$id', 'id', '$anchor', '$dynamicAnchor', '$vocabulary']);

class Unusable extends Error {}

/** A schema made safe to compile: bounded, without names of its own, with a counter in every subschema. */
export function prepareSchema(schema: JsonObject, size: number): PreparedSchema {
  if (size > maxSize) return { ok: false, reason: `it is longer than ${maxSize} characters` };
  try {
    const prepared = prepare(schema, { subschemas: 0 }, 0);
    return isJsonObject(prepared) ? { ok: true, schema: prepared } : { ok: false, reason: 'it is not an object' };
  } catch (cause) {
    if (cause instanceof Unusable) return { ok: false, reason: cause.message };
    throw cause;
  }
}

function prepare(schema: Json, count: { subschemas: number }, depth: number): Json {
  if (!isJsonObject(schema)) return schema;
  count.subschemas++;
  if (depth > maxDepth) throw new Unusable(`it is nested deeper than ${maxDepth} levels`);
  if (count.subschemas > maxSubschemas) throw new Unusable(`it has more than ${maxSubschemas} parts`);
  const prepared: Record<string, Json> = { [budgetKeyword]: true };
  for (const [keyword, value] of Object.entries(schema)) {
    if (names.has(keyword)) continue;
    if (keyword === '$dynamicRef' || keyword === '$recursiveRef') throw new Unusable(`it uses ${keyword}`);
    if (keyword === '$ref') refuseRemote(value);
    prepared[keyword] = prepareKeyword(keyword, value, (inner) => prepare(inner, count, depth + 1));
  }
  return prepared;
}

function prepareKeyword(keyword: string, value: Json, inner: (schema: Json) => Json): Json {
  if (lists.has(keyword) && Array.isArray(value)) return (value as readonly Json[]).map(inner);
  if (maps.has(keyword) && isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, inner(schema)]));
  }
  return single.has(keyword) ? inner(value) : value;
}

function refuseRemote(reference: Json): void {
  if (typeof reference === 'string' && (reference === '#' || reference.startsWith('#/'))) return;
  throw new Unusable(
    `it refers to ${JSON.stringify(reference)}, and only references within the schema ("#/…") are followed`,
  );
}
