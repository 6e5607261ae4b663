import { isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { PathStep } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';

/** Why a path into a result leads nowhere, or probably nowhere. */
export type PathFault =
  /** A field of what never has fields. */
  | { readonly kind: 'scalar'; readonly at: number; readonly type: string }
  /** A field that the object cannot have. */
  | { readonly kind: 'absent'; readonly at: number; readonly name: string; readonly known: readonly string[] }
  /** A field that the object may have, but whose name is all but that of a known one. */
  | { readonly kind: 'near_miss'; readonly at: number; readonly name: string; readonly nearest: string };

/**
 * What is wrong with a path into a value that a JSON Schema describes; undefined where nothing surely is. Lists are
 * mapped over, as JSONata does. Whatever the schema leaves open, and whatever is too intricate, counts as right.
 */
export function pathFault(schema: Json, steps: readonly PathStep[]): PathFault | undefined {
  return faultFrom(schema, 0, { root: schema, steps, left: { visits: mostVisits } });
}

interface Walk {
  readonly root: Json;
  readonly steps: readonly PathStep[];
  /** References may form rings, and alternatives multiply. */
  readonly left: { visits: number };
}

const mostVisits = 500;
const scalars = new Set<Json>(['string', 'number', 'integer', 'boolean', 'null']);
/** With these what the other keywords say is not the whole truth, or not easily told. */
const intricate = ['allOf', 'if', 'not', '$dynamicRef', '$recursiveRef', 'dependentSchemas', 'unevaluatedProperties'];

function faultFrom(schema: Json | undefined, at: number, walk: Walk): PathFault | undefined {
  const step = walk.steps[at];
  walk.left.visits -= 1;
  if (step === undefined || walk.left.visits < 0 || !isJsonObject(schema)) return undefined;
  if (schema['$ref'] !== undefined) return faultFrom(referred(schema['$ref'], walk.root), at, walk);
  if (intricate.some((keyword) => Object.hasOwn(schema, keyword))) return undefined;
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (alternatives !== undefined) return faultOfAll(alternatives, at, walk);
  const types = typesOf(schema);
  if (types.length > 0 && types.every((type) => scalars.has(type)))
    return 'field' in step ? { kind: 'scalar', at, type: types.join(' or ') } : undefined;
  const real = types.filter((type) => type !== 'null');
  if (real.length > 1) return undefined;
  if (real[0] === 'array') return faultOfItems(schema, at, walk);
  if ('field' in step) return faultOfField(schema, { name: step.field, at, isObject: real[0] === 'object' }, walk);
  // `[0]` of what is no list is the value itself.
  return real[0] === 'object' ? faultFrom(schema, at + 1, walk) : undefined;
}

/** Only where no alternative leads on, and then the mildest of their faults. */
function faultOfAll(alternatives: Json, at: number, walk: Walk): PathFault | undefined {
  if (!Array.isArray(alternatives)) return undefined;
  const real = (alternatives as readonly Json[]).filter((each) => !(isJsonObject(each) && each['type'] === 'null'));
  const faults = real.map((each) => faultFrom(each, at, walk));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length < faults.length) return undefined;
  return found.find(({ kind }) => kind === 'near_miss') ?? found[0];
}

function faultOfItems({ items, prefixItems }: JsonObject, at: number, walk: Walk): PathFault | undefined {
  const step = walk.steps[at];
  if (prefixItems !== undefined || step === undefined) return undefined;
  // A field is taken from each item, a list in a list included.
  return faultFrom(items, 'field' in step ? at : at + 1, walk);
}

function faultOfField(
  schema: JsonObject,
  { name, at, isObject }: { readonly name: string; readonly at: number; readonly isObject: boolean },
  walk: Walk,
): PathFault | undefined {
  const { properties, patternProperties, additionalProperties } = schema;
  const fields = isJsonObject(properties) ? properties : {};
  if (Object.hasOwn(fields, name)) return faultFrom(fields[name], at + 1, walk);
  if (patternProperties !== undefined) return undefined;
  if (isJsonObject(additionalProperties) && Object.keys(additionalProperties).length > 0)
    return faultFrom(additionalProperties, at + 1, walk);
  const known = Object.keys(fields);
  if (additionalProperties === false && isObject) return { kind: 'absent', at, name, known };
  const nearest = didYouMean(name, known);
  return nearest === undefined ? undefined : { kind: 'near_miss', at, name, nearest };
}

function typesOf({ type }: JsonObject): readonly string[] {
  const types: readonly Json[] = Array.isArray(type) ? (type as readonly Json[]) : [type ?? null];
  const named = types.filter((each) => typeof each === 'string');
  return named.length === types.length ? named : [];
}

/** What a reference within the schema points to; undefined where there is nothing, and for all others. */
function referred(reference: Json, root: Json): Json | undefined {
  if (reference === '#') return root;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
  let found: Json | undefined = root;
  for (const segment of reference.slice(2).split('/')) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}
