import { canonicalJson, isJsonObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { ToolAnnotations, ToolContract } from './tool-contract.ts';

/** One thing that is different about a tool, in words for whoever decides about it. */
export interface ContractChange {
  readonly text: string;
  /** True when calls that were right may now be wrong, or do something else. */
  readonly breaking: boolean;
  /** The parameter that it is about, and which calls it concerns; absent: all of them. */
  readonly concerns?: { readonly parameter: string; readonly calls: 'with' | 'without' };
}

/** What changed between two states of a tool: parameters first, then result, annotations and words. */
export function contractChanges(before: ToolContract, after: ToolContract): readonly ContractChange[] {
  const parameters = schemaChanges(before.parameters, after.parameters, { side: 'parameter', path: '' });
  const output = schemaChanges(before.output, after.output, { side: 'result', path: '' });
  return [
    ...parameters,
    ...output,
    ...annotationChanges(before.annotations, after.annotations),
    ...(before.description === after.description ? [] : [harmless('the description is reworded')]),
  ];
}

/** Where in a schema: parameters are sent and results are read, so the same change may break one and not the other. */
interface Spot {
  readonly side: 'parameter' | 'result';
  /** `service_id`, `items[].name`; empty for the whole. */
  readonly path: string;
}

function schemaChanges(before: Json | undefined, after: Json | undefined, spot: Spot): readonly ContractChange[] {
  if (canonicalText(before) === canonicalText(after)) return [];
  const name = nameOf(spot);
  if (after === undefined) return [change(spot, `${name} is not described any more`, spot.side === 'result')];
  if (before === undefined) return [change(spot, `${name} is described now`, spot.side === 'parameter')];
  if (!isJsonObject(before) || !isJsonObject(after)) return [change(spot, `${name} has another schema`, true)];
  return [
    ...typeChange(before, after, spot),
    ...enumChange(before, after, spot),
    ...propertyChanges(before, after, spot),
    ...schemaChanges(before['items'], after['items'], { ...spot, path: `${spot.path}[]` }),
    ...otherChanges(before, after, spot),
  ];
}

function typeChange(before: JsonObject, after: JsonObject, spot: Spot): readonly ContractChange[] {
  const [old, now] = [typesOf(before), typesOf(after)];
  if (canonicalText(old) === canonicalText(now)) return [];
  const isSafe = spot.side === 'parameter' ? accepts(now, old) : accepts(old, now);
  return [change(spot, `${nameOf(spot)} changes its type from ${listed(old)} to ${listed(now)}`, !isSafe)];
}

/** Empty where any type will do. */
function typesOf({ type }: JsonObject): readonly string[] {
  const types: readonly Json[] = Array.isArray(type) ? (type as readonly Json[]) : [type ?? null];
  return types.filter((each) => typeof each === 'string').toSorted();
}

function accepts(wide: readonly string[], narrow: readonly string[]): boolean {
  if (wide.length === 0) return true;
  const isIn = (type: string): boolean => wide.includes(type) || (type === 'integer' && wide.includes('number'));
  return narrow.length > 0 && narrow.every(isIn);
}

function enumChange(before: JsonObject, after: JsonObject, spot: Spot): readonly ContractChange[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  if (canonicalText(old) === canonicalText(now)) return [];
  if (old === undefined || now === undefined) {
    const isBreaking = (now === undefined) === (spot.side === 'result');
    return [change(spot, `${nameOf(spot)} is ${now === undefined ? 'no longer' : 'now'} one of a list`, isBreaking)];
  }
  const gone = old.filter((value) => !now.includes(value));
  const added = now.filter((value) => !old.includes(value));
  return [
    ...(gone.length === 0
      ? []
      : [change(spot, `${nameOf(spot)} is no longer ${gone.join(' or ')}`, spot.side === 'parameter')]),
    ...(added.length === 0
      ? []
      : [change(spot, `${nameOf(spot)} may also be ${added.join(' or ')}`, spot.side === 'result')]),
  ];
}

function valuesOf(schema: JsonObject): readonly string[] | undefined {
  const values = schema['enum'];
  return Array.isArray(values) ? values.map((value: Json) => canonicalJson(value)) : undefined;
}

function propertyChanges(before: JsonObject, after: JsonObject, spot: Spot): readonly ContractChange[] {
  const names = new Set([...Object.keys(propertiesOf(before)), ...Object.keys(propertiesOf(after))]);
  return [...names].toSorted().flatMap((name) => propertyChange(name, before, after, spot));
}

function propertyChange(name: string, before: JsonObject, after: JsonObject, spot: Spot): readonly ContractChange[] {
  const [old, now] = [propertiesOf(before), propertiesOf(after)];
  const inner: Spot = { ...spot, path: spot.path === '' ? name : `${spot.path}.${name}` };
  const title = nameOf(inner);
  if (!Object.hasOwn(now, name)) return [change(inner, `${title} is gone`, true)];
  const isNeeded = requiredOf(after).has(name);
  if (!Object.hasOwn(old, name)) {
    const text = `${title} is added${isNeeded ? ' and required' : ''}`;
    return [change(inner, text, isNeeded && spot.side === 'parameter', 'without')];
  }
  const changes = schemaChanges(old[name], now[name], inner);
  if (isNeeded === requiredOf(before).has(name)) return changes;
  const text = `${title} is ${isNeeded ? 'required now' : 'no longer required'}`;
  return [change(inner, text, isNeeded === (spot.side === 'parameter'), 'without'), ...changes];
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isJsonObject(properties) ? properties : {};
}

function requiredOf({ required }: JsonObject): ReadonlySet<Json> {
  return new Set(Array.isArray(required) ? (required as readonly Json[]) : []);
}

const told = new Set(['type', 'enum', 'properties', 'required', 'items']);
const words = new Set(['title', 'description', 'examples', 'default', '$comment', '$schema', '$id', 'deprecated']);

/** Whatever else a schema says: what it restricts may break calls, its words do not. */
function otherChanges(before: JsonObject, after: JsonObject, spot: Spot): readonly ContractChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !told.has(key)).toSorted();
  return keys
    .filter((key) => canonicalText(before[key]) !== canonicalText(after[key]))
    .map((key) => {
      if (key === 'description') return change(spot, `the description of ${nameOf(spot)} is reworded`, false);
      const verb = !Object.hasOwn(before, key) ? 'gets' : Object.hasOwn(after, key) ? 'changes' : 'loses';
      // Losing a restriction allows more to be sent, and more to come back.
      const isHarmless = words.has(key) || (verb === 'loses' && spot.side === 'parameter');
      return change(spot, `${nameOf(spot)} ${verb} \`${key}\``, !isHarmless);
    });
}

function annotationChanges(before: ToolAnnotations = {}, after: ToolAnnotations = {}): readonly ContractChange[] {
  const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;
  return hints
    .filter((hint) => before[hint] !== after[hint])
    .map((hint) => {
      const text = `the annotation ${hint} flips from ${before[hint] ?? 'nothing'} to ${after[hint] ?? 'nothing'}`;
      return { text, breaking: isLessSafe(hint, after[hint]) };
    });
}

/** Who relied on a call being harmless must hear that it is not. */
function isLessSafe(hint: keyof ToolAnnotations, now: boolean | undefined): boolean {
  if (hint === 'openWorldHint') return false;
  return hint === 'destructiveHint' ? now === true : now !== true;
}

function change(spot: Spot, text: string, breaking: boolean, calls: 'with' | 'without' = 'with'): ContractChange {
  const [parameter = ''] = spot.path.split(/[.[]/);
  if (spot.side === 'result' || parameter === '') return { text, breaking };
  // Which calls leave out an inner field cannot be told from the outside.
  const isInner = parameter !== spot.path;
  return { text, breaking, concerns: { parameter, calls: isInner ? 'with' : calls } };
}

function harmless(text: string): ContractChange {
  return { text, breaking: false };
}

function nameOf({ side, path }: Spot): string {
  if (path === '') return side === 'parameter' ? 'the parameters' : 'the result';
  return side === 'parameter' ? `the parameter \`${path}\`` : `\`${path}\` of the result`;
}

function listed(types: readonly string[]): string {
  return types.length === 0 ? 'any' : types.join(' or ');
}

function canonicalText(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}
