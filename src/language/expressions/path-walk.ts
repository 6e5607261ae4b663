import type { Json } from '../../model/json.ts';
import type { PathStep } from '../../model/values.ts';

/**
 * What JSONata gives for a variable with this value and these path steps; undefined for no match.
 * @param list true when the reference ends in `[]`: the result is then always a list
 */
export function walkPath(value: Json | undefined, steps: readonly PathStep[], list: boolean): Json | undefined {
  const plain = walkPlain(value, steps);
  if (plain !== notPlain) return list ? asList(plain) : plain;
  const found = walkAny(value, steps, list);
  if (list) return found instanceof Matches ? found.items : asList(found);
  return settled(unwrapped(found));
}

const notPlain = Symbol('not plain');

/** The usual case: fields of objects, with no list on the way. */
function walkPlain(value: Json | undefined, steps: readonly PathStep[]): Json | undefined | typeof notPlain {
  let current = value;
  for (const step of steps) {
    if (!('field' in step) || Array.isArray(current)) return notPlain;
    current = fieldOf(current, step.field);
  }
  return current;
}

function asList(value: Json | undefined): Json {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * What JSONata calls a sequence: matches that were collected, as opposed to a list that stands in the data. It is
 * flattened into a surrounding one, and a single match counts as the match itself.
 */
class Matches {
  readonly items: Json[] = [];
}

type Found = Json | Matches | undefined;

function walkAny(value: Json | undefined, steps: readonly PathStep[], list: boolean): Found {
  const firstField = steps.findIndex((step) => 'field' in step);
  const stages = firstField === -1 ? steps : steps.slice(0, firstField);
  const staged = stages.reduce<Found>(applyStage, value);
  if (firstField === -1) return staged;
  const start = unwrapped(staged);
  if (start === undefined) return undefined;
  let current: Found = flattened([start], false);
  for (let index = firstField; index < steps.length;) {
    const step = steps[index];
    let next = index + 1;
    while (next < steps.length && !isField(steps[next])) next++;
    if (step === undefined || !('field' in step)) return undefined;
    current = takeStep(itemsOf(current), step.field, {
      stages: steps.slice(index + 1, next),
      isLast: next === steps.length,
      keepsSingle: list && next === steps.length,
    });
    if (current instanceof Matches && current.items.length === 0) return undefined;
    index = next;
  }
  return current;
}

function isField(step: PathStep | undefined): boolean {
  return step !== undefined && 'field' in step;
}

interface StepRest {
  /** The indexes and filters right behind the field: they apply within each item. */
  readonly stages: readonly PathStep[];
  readonly isLast: boolean;
  /** True for the step before `[]`: a single match that was collected within lists is not unwrapped. */
  readonly keepsSingle: boolean;
}

function takeStep(items: readonly Json[], field: string, { stages, isLast, keepsSingle }: StepRest): Found {
  const results: (Json | Matches)[] = [];
  for (const item of items) {
    const found = lookUp(item, field);
    const isKept = keepsSingle && found instanceof Matches && found.items.length === 1;
    const result = stages.reduce<Found>(applyStage, isKept ? found : unwrapped(found));
    if (result !== undefined) results.push(result);
  }
  return flattened(results, isLast);
}

/** One level of lists is dissolved, save for the only result of a last step, which stays as it stands in the data. */
function flattened(results: readonly (Json | Matches)[], isLast: boolean): Found {
  const [only] = results;
  if (isLast && results.length === 1 && Array.isArray(only)) return only;
  const matches = new Matches();
  for (const result of results) {
    if (result instanceof Matches || Array.isArray(result))
      for (const item of itemsOf(result)) matches.items.push(item);
    else matches.items.push(result);
  }
  return matches;
}

function lookUp(item: Json, field: string): Found {
  if (!Array.isArray(item)) return fieldOf(item, field);
  const matches = new Matches();
  for (const member of item as readonly Json[]) {
    const found = lookUp(member, field);
    if (found === undefined) continue;
    if (found instanceof Matches || Array.isArray(found)) matches.items.push(...itemsOf(found));
    else matches.items.push(found);
  }
  return matches;
}

function fieldOf(value: Json | undefined, field: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, field) ? (value as Readonly<Record<string, Json>>)[field] : undefined;
}

function applyStage(input: Found, stage: PathStep): Found {
  const items = input instanceof Matches || Array.isArray(input) ? itemsOf(input) : [input];
  const matches = new Matches();
  if ('index' in stage) {
    const item = items[stage.index < 0 ? items.length + stage.index : stage.index];
    if (Array.isArray(item)) return item;
    if (item !== undefined) matches.items.push(item);
    return matches;
  }
  if (!('where' in stage)) return undefined;
  const { field, equals } = stage.where;
  for (const item of items) if (item !== undefined && fieldValue(item, field) === equals) matches.items.push(item);
  return matches;
}

/** The field as a filter's condition sees it. */
function fieldValue(item: Json, field: string): Json | undefined {
  const found = unwrapped(
    takeStep(Array.isArray(item) ? (item as readonly Json[]) : [item], field, {
      stages: [],
      isLast: true,
      keepsSingle: false,
    }),
  );
  return settled(found);
}

function unwrapped(found: Found): Found {
  if (!(found instanceof Matches) || found.items.length > 1) return found;
  return found.items[0];
}

function settled(found: Found): Json | undefined {
  return found instanceof Matches ? found.items : found;
}

function itemsOf(found: Found): readonly Json[] {
  if (found instanceof Matches) return found.items;
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}
