import { canonicalJson } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SchemaViolation } from '../../model/schema-check.ts';
import { matchesSimple } from './simple-pattern.ts';

type Check = (expected: Json, value: Json) => string | undefined | typeof notCommon;

/** The keyword's own value needs the full validator. */
const notCommon = Symbol('not common');

const annotations = new Set(['title', 'description', 'default', 'examples', '$comment', 'deprecated']);

/**
 * What is wrong with a value by the keywords that inputs usually have; undefined when the schema uses any other, which
 * only the full validator knows.
 */
export function commonViolations(schema: JsonObject, value: Json): readonly SchemaViolation[] | undefined {
  const violations: SchemaViolation[] = [];
  for (const [keyword, expected] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue;
    const check = checks.get(keyword);
    const message = check === undefined ? notCommon : check(expected, value);
    if (message === notCommon) return undefined;
    if (message !== undefined) violations.push({ path: '', message });
  }
  const wrongType = violations.find((violation) => violation.message.startsWith('must be of type'));
  return wrongType === undefined ? violations : [wrongType];
}

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['type', checkType],
  ['enum', checkEnum],
  ['const', (expected, value) => (isSame(expected, value) ? undefined : `must be ${JSON.stringify(expected)}`)],
  ['pattern', checkPattern],
  ['minLength', bound(lengthOf, (length, limit) => length >= limit, 'must have at least # characters')],
  ['maxLength', bound(lengthOf, (length, limit) => length <= limit, 'must have at most # characters')],
  ['minimum', bound(numberOf, (number, limit) => number >= limit, 'must be at least #')],
  ['maximum', bound(numberOf, (number, limit) => number <= limit, 'must be at most #')],
  ['exclusiveMinimum', bound(numberOf, (number, limit) => number > limit, 'must be more than #')],
  ['exclusiveMaximum', bound(numberOf, (number, limit) => number < limit, 'must be less than #')],
]);

function checkType(expected: Json, value: Json): ReturnType<Check> {
  const types = Array.isArray(expected) ? (expected as readonly Json[]) : [expected];
  if (!types.every((type) => typeof type === 'string' && knownTypes.has(type))) return notCommon;
  const isOfType = types.some((type) => type === typeOf(value) || (type === 'integer' && Number.isInteger(value)));
  return isOfType ? undefined : `must be of type ${types.map(String).join(' or ')}, not ${shown(value)}`;
}

const knownTypes = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object']);

function checkEnum(expected: Json, value: Json): ReturnType<Check> {
  if (!Array.isArray(expected)) return notCommon;
  const listed = expected as readonly Json[];
  if (listed.some((item) => isSame(item, value))) return undefined;
  return `must be one of ${listed.map((item) => JSON.stringify(item)).join(', ')}, not ${shown(value)}`;
}

function checkPattern(expected: Json, value: Json): ReturnType<Check> {
  if (typeof expected !== 'string') return notCommon;
  if (typeof value !== 'string') return undefined;
  const matches = matchesSimple(expected, value);
  if (matches === undefined) return notCommon;
  return matches ? undefined : `must match the pattern ${expected}, and ${shown(value)} does not`;
}

function bound(
  measure: (value: Json) => number | undefined,
  holds: (measured: number, limit: number) => boolean,
  message: string,
): Check {
  return (limit, value) => {
    if (typeof limit !== 'number') return notCommon;
    const measured = measure(value);
    return measured === undefined || holds(measured, limit) ? undefined : message.replace('#', String(limit));
  };
}

/** In characters, as JSON Schema counts: a pair of surrogates is one. */
function lengthOf(value: Json): number | undefined {
  return typeof value === 'string' ? Array.from(value).length : undefined;
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isSame(left: Json, right: Json): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
