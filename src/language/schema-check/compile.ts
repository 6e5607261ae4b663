import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Json, JsonObject } from '../../model/json.ts';
import { compileLinear } from '../expressions/linear-regex.ts';
import { distinct } from '../expressions/lists-and-ids.ts';
import type { SchemaViolation } from '../../model/schema-check.ts';
import { budgetKeyword, prepareSchema } from './prepare-schema.ts';

export type CompiledSchema = (value: Json) => readonly SchemaViolation[];

const maxEvaluations = 300_000;
const maxFormatLength = 4_096;
const maxViolations = 20;

class BudgetSpent extends Error {}

/**
 * Compiles a schema of any origin. One that cannot be used becomes a check that says so.
 * @param size of the schema as text, in characters
 */
export function compileSchema(schema: JsonObject, size: number): CompiledSchema {
  const prepared = prepareSchema(schema, size);
  if (!prepared.ok) return () => [unusable(prepared.reason)];
  const budget = { left: 0 };
  try {
    const validate = validatorWith(budget).compile(prepared.schema);
    return (value) => check(validate, value, budget);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return () => [unusable(reason)];
  }
}

function check(validate: ValidateFunction, value: Json, budget: { left: number }): readonly SchemaViolation[] {
  budget.left = maxEvaluations;
  try {
    if (validate(value)) return [];
    return (validate.errors ?? []).filter(tellsSomething).slice(0, maxViolations).map(violationOf);
  } catch (cause) {
    if (cause instanceof BudgetSpent) return [unusable('it takes too many steps to check this value')];
    if (cause instanceof RangeError) return [unusable('it nests too deeply for this value')];
    throw cause;
  }
}

/** A validator of its own per schema: nothing that one schema defines can be seen by another. */
function validatorWith(budget: { left: number }): Ajv2020 {
  const regExp = Object.assign((pattern: string, flags: string) => linearTest(pattern, flags), { code: 'linearTest' });
  const ajv = new Ajv2020({ strict: false, allErrors: true, inlineRefs: false, code: { regExp }, logger: false });
  ajv.addKeyword({
    keyword: budgetKeyword,
    validate: () => {
      budget.left--;
      if (budget.left < 0) throw new BudgetSpent();
      return true;
    },
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    error: { message: 'must not have the same item twice' },
    // The library's own compares every pair.
    validate: (isAsked: boolean, items: readonly Json[]) =>
      !isAsked || (distinct(items) as readonly Json[]).length === items.length,
  });
  addFormats(ajv);
  return ajv;
}

function addFormats(ajv: Ajv2020): void {
  for (const [name, format] of Object.entries(fullFormats)) {
    const test = testOf(format);
    if (test === undefined) continue;
    ajv.addFormat(name, { type: 'string', validate: (text: string) => text.length <= maxFormatLength && test(text) });
  }
}

function testOf(format: unknown): ((text: string) => boolean) | undefined {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return (text) => format(text) === true;
  if (typeof format !== 'object' || format === null || !('validate' in format)) return undefined;
  return 'type' in format && format.type === 'number' ? undefined : testOf(format.validate);
}

function linearTest(pattern: string, flags: string): { test: (text: string) => boolean; toString: () => string } {
  const compiled = compileLinear(pattern, flags);
  // The library keeps one expression per text that `toString` gives.
  return { test: (text) => compiled.matcher(text).find(), toString: () => `/${pattern}/${flags}` };
}

function tellsSomething(error: ErrorObject): boolean {
  return error.keyword !== budgetKeyword && error.keyword !== 'if';
}

function violationOf(error: ErrorObject): SchemaViolation {
  return { path: fieldPath(error.instancePath), message: messageOf(error) };
}

function messageOf({ keyword, params, message }: ErrorObject): string {
  const details = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `must not have the member "${String(details['additionalProperty'] ?? details['unevaluatedProperty'])}"`;
    case 'required':
      return `must have the member "${String(details['missingProperty'])}"`;
    case 'enum':
      return `must be one of ${JSON.stringify(details['allowedValues']).slice(1, -1).replaceAll(',', ', ')}`;
    case 'const':
      return `must be ${JSON.stringify(details['allowedValue'])}`;
    default:
      return message ?? `does not satisfy "${keyword}"`;
  }
}

/** `/items/2/name` → `items[2].name` */
function fieldPath(pointer: string): string {
  const segments = pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  return segments
    .map((segment, index) => (/^\d+$/.test(segment) ? `[${segment}]` : `${index === 0 ? '' : '.'}${segment}`))
    .join('');
}

function unusable(reason: string): SchemaViolation {
  return { path: '', message: `cannot be checked, because its schema cannot be used: ${reason}`, unusable: true };
}
