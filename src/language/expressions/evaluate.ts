import { isScalar } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { ExpressionValue, ObjectValue, PathValue, TemplateValue, Value } from '../../model/values.ts';
import { walkPath } from './path-walk.ts';
import { EvaluationError } from './scope.ts';
import type { EvaluationScope } from './scope.ts';
import { isLargerThan, maxValueCharacters } from './value-size.ts';

/**
 * The JSON that a value stands for. Synchronous where it holds no JSONata, a promise otherwise.
 * Throws or rejects with EvaluationError.
 * @param at path of the field, for messages: `params.customer`
 */
export function evaluateValue(value: Value, scope: EvaluationScope, at: string): Json | Promise<Json> {
  const result = evaluateAt(value, scope, at);
  if (value.kind !== 'object' && value.kind !== 'list') return result;
  return isPromise(result) ? result.then((settled) => bounded(settled, at)) : bounded(result, at);
}

/** Values that are put together from others could double with every step. */
function bounded(value: Json, at: string): Json {
  if (isLargerThan(maxValueCharacters, value)) throw tooLarge(at);
  return value;
}

/** Where a value stands; made into a text only when something is wrong there. */
type Place = string | { readonly outer: Place; readonly key: string | number };

function evaluateAt(value: Value, scope: EvaluationScope, at: Place): Json | Promise<Json> {
  switch (value.kind) {
    case 'literal':
      return value.value;
    case 'path':
      return evaluatePath(value, scope, at);
    case 'expression':
      return evaluateDefined(value, scope, at);
    case 'template':
      return evaluateTemplate(value, scope, at);
    case 'list':
      return evaluateAll(value.items, (item, key) => evaluateAt(item, scope, { outer: at, key }));
    case 'object':
      return evaluateObject(value, scope, at);
  }
}

/**
 * True or false, and nothing else. Under `until`, a value that does not exist yet means false.
 * Rejects with EvaluationError.
 */
export async function evaluateCondition(
  condition: ExpressionValue,
  scope: EvaluationScope,
  at: string,
): Promise<boolean> {
  const result = await evaluateOrUndefined(condition, scope, at);
  if (typeof result === 'boolean') return result;
  if (result === undefined && condition.undefinedMeansNotYet === true) return false;
  if (result === undefined) throw undefinedAt(at, condition.text);
  throw new EvaluationError(
    'expression',
    `${at}: ${condition.text} gives ${shown(result)}, and a condition must give true or false`,
    'Compare it with something, or use $exists() or $boolean().',
  );
}

/**
 * A list: one value counts as a list of one, and what selects from a list and matches nothing as the empty list. A bare
 * path that leads nowhere is an error. Rejects with EvaluationError.
 */
export async function evaluateList(value: Value, scope: EvaluationScope, at: string): Promise<readonly Json[]> {
  const result = await (value.kind === 'expression' && !isBarePath(value.text)
    ? evaluateOrUndefined(value, scope, at)
    : evaluateValue(value, scope, at));
  if (result === undefined) return [];
  return Array.isArray(result) ? result : [result];
}

function isBarePath(text: string): boolean {
  return /^\s*\$\w+(?:\.\w+|\[-?\d+\])*\s*$/.test(text);
}

function evaluatePath(path: PathValue, scope: EvaluationScope, at: Place): Json {
  const found = walkPath(scope.read(path.slot), path.steps, path.list);
  if (found === undefined) throw undefinedAt(at, path.text);
  return found;
}

async function evaluateDefined(expression: ExpressionValue, scope: EvaluationScope, at: Place): Promise<Json> {
  const result = await evaluateExpressionAt(expression, scope, at);
  if (result === undefined) throw undefinedAt(at, expression.text);
  return result;
}

async function evaluateOrUndefined(
  expression: ExpressionValue,
  scope: EvaluationScope,
  at: Place,
): Promise<Json | undefined> {
  try {
    return await evaluateExpressionAt(expression, scope, at);
  } catch (cause) {
    const isMissing = cause instanceof EvaluationError && cause.kind === 'undefined_reference';
    if (isMissing && expression.undefinedMeansNotYet === true) return undefined;
    throw cause;
  }
}

async function evaluateExpressionAt(
  expression: ExpressionValue,
  scope: EvaluationScope,
  at: Place,
): Promise<Json | undefined> {
  const { evaluateExpression } = await import('./jsonata.ts');
  try {
    return await evaluateExpression(expression, scope);
  } catch (cause) {
    if (!(cause instanceof EvaluationError)) throw cause;
    throw new EvaluationError(cause.kind, `${textOfPlace(at)}: ${cause.message}`, cause.hint);
  }
}

function evaluateObject(object: ObjectValue, scope: EvaluationScope, at: Place): Json | Promise<Json> {
  const values = evaluateAll(object.entries, ([key, value]) => evaluateAt(value, scope, { outer: at, key }));
  return isPromise(values) ? values.then((settled) => assembled(object, settled)) : assembled(object, values);
}

type Evaluate<T> = (item: T, index: number) => Json | Promise<Json>;

/** One after the other, so that random numbers are drawn in the order of the file and no rejection is left behind. */
function evaluateAll<T>(items: readonly T[], evaluate: Evaluate<T>): readonly Json[] | Promise<readonly Json[]> {
  const values: Json[] = [];
  for (const [index, item] of items.entries()) {
    const value = evaluate(item, index);
    if (isPromise(value)) return evaluateRest(items, evaluate, [...values, value]);
    values.push(value);
  }
  return values;
}

async function evaluateRest<T>(
  items: readonly T[],
  evaluate: Evaluate<T>,
  begun: readonly (Json | Promise<Json>)[],
): Promise<readonly Json[]> {
  const values: Json[] = [];
  for (const [index, item] of items.entries()) {
    values.push(await (index < begun.length ? (begun[index] ?? null) : evaluate(item, index)));
  }
  return values;
}

function assembled(object: ObjectValue, values: readonly Json[]): Json {
  return Object.fromEntries(object.entries.map(([key], index) => [key, values[index] ?? null]));
}

function textOfPlace(place: Place): string {
  if (typeof place === 'string') return place;
  const outer = textOfPlace(place.outer);
  if (typeof place.key === 'number') return `${outer}[${place.key}]`;
  if (!/^[A-Za-z_][\w-]*$/.test(place.key)) return `${outer}[${JSON.stringify(place.key)}]`;
  return outer === '' ? place.key : `${outer}.${place.key}`;
}

function evaluateTemplate(template: TemplateValue, scope: EvaluationScope, at: Place): Json | Promise<Json> {
  const values = evaluateAll(template.parts, (part) => (typeof part === 'string' ? part : evaluateAt(part, scope, at)));
  return isPromise(values) ? values.then((settled) => joined(template, settled, at)) : joined(template, values, at);
}

function joined(template: TemplateValue, values: readonly Json[], at: Place): string {
  let text = '';
  for (const [index, part] of template.parts.entries()) {
    if (typeof part === 'string') text += part;
    else {
      const shownPart = textOf(values[index] ?? null, part.text, at);
      text += template.encoding === 'uri' && index > 0 ? encodedFor(text, shownPart) : shownPart;
    }
    if (text.length > maxValueCharacters) throw tooLarge(at);
  }
  return text;
}

function tooLarge(at: Place): EvaluationError {
  return new EvaluationError(
    'limit',
    `${textOfPlace(at)}: the value is larger than 20 MB`,
    'Pass on only the fields that are needed.',
  );
}

function textOf(value: Json, source: string, at: Place): string {
  if (typeof value === 'string') return value;
  if (value !== null && isScalar(value)) return JSON.stringify(value);
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  const hint =
    value === null
      ? 'Give a default: ${{ … ?? "none" }}.'
      : 'Choose a field of it, or write ${{ $string(…) }} for its JSON.';
  throw new EvaluationError(
    'expression',
    `${textOfPlace(at)}: ${source} is ${found}, and a text can show only single values`,
    hint,
  );
}

/** A part of the host may carry a port; everything behind the host is one segment or value. */
function encodedFor(before: string, part: string): string {
  const isHost = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*$/i.test(before);
  const encoded = encodeURIComponent(part.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
  return isHost ? encoded.replaceAll('%3A', ':') : encoded;
}

function undefinedAt(at: Place, text: string): EvaluationError {
  return new EvaluationError(
    'undefined_reference',
    `${textOfPlace(at)}: ${text} is undefined`,
    'Give a default: ${{ … ?? "…" }}.',
  );
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise;
}
