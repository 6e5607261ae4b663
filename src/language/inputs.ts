import type { Json, JsonObject } from '../model/json.ts';
import type { InputSpec, Workflow } from '../model/workflow.ts';
import { didYouMean } from './did-you-mean.ts';
import { createSchemaCheck } from './schema-check.ts';
import type { SchemaCheck, SchemaViolation } from '../model/schema-check.ts';

/** What is wrong with one input, and the way out. */
export interface InputProblem {
  readonly input: string;
  readonly code: 'INPUT_UNKNOWN' | 'INPUT_MISSING' | 'INPUT_INVALID';
  readonly message: string;
  readonly hint?: string;
}

interface ResolvedInputs {
  /** Every declared input, in the file's order; absent when there is a problem. */
  readonly inputs?: JsonObject;
  /** All problems at once. */
  readonly problems: readonly InputProblem[];
}

/** Checks the inputs of a run against their declarations and fills in the defaults. */
export async function resolveInputs(specs: Workflow['inputs'], given: JsonObject): Promise<ResolvedInputs> {
  const check = createSchemaCheck();
  const problems: InputProblem[] = Object.keys(given)
    .filter((name) => !Object.hasOwn(specs, name))
    .map((name) => unknownInput(name, Object.keys(specs)));
  const inputs: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    if (value === undefined) {
      problems.push(missingInput(name, spec));
      continue;
    }
    inputs[name] = value;
    problems.push(...(await invalidInput(name, { spec, value, check })));
  }
  return problems.length > 0 ? { problems } : { inputs, problems };
}

/**
 * Reads the text of `--input name=text` by the input's declared type: JSON for numbers, booleans, lists and objects.
 * A text that does not fit the type stays a text, so that `resolveInputs` can say what is wrong with it.
 */
export function parseInputArgument(spec: InputSpec | undefined, text: string): Json {
  const types = spec === undefined ? [] : declaredTypes(spec.schema);
  if (types.length === 0) return spec === undefined ? text : (listedValue(spec.schema, text) ?? text);
  const parsed = types.every((type) => type === 'string') ? undefined : parseJson(text);
  if (parsed === undefined || typeof parsed === 'string') return text;
  return types.some((type) => fitsType(parsed, type)) ? parsed : text;
}

async function invalidInput(
  name: string,
  { spec, value, check }: { readonly spec: InputSpec; readonly value: Json; readonly check: SchemaCheck },
): Promise<readonly InputProblem[]> {
  const violations = await check.violations(spec.schema, value);
  return violations.map((violation) => invalidProblem(name, spec, violation));
}

function invalidProblem(name: string, spec: InputSpec, violation: SchemaViolation): InputProblem {
  const separator = violation.path.startsWith('[') || violation.path === '' ? '' : '.';
  const message = `Input "${name}"${separator}${violation.path} ${violation.message}.`;
  const problem = { input: name, code: 'INPUT_INVALID', message } as const;
  return spec.description === undefined ? problem : { ...problem, hint: `${name}: ${spec.description}` };
}

function unknownInput(name: string, known: readonly string[]): InputProblem {
  const nearest = didYouMean(name, known);
  const listed = known.length === 0 ? 'It takes no inputs.' : `It takes ${known.join(', ')}.`;
  return {
    input: name,
    code: 'INPUT_UNKNOWN',
    message: `The workflow has no input "${name}".`,
    hint: nearest === undefined ? listed : `Did you mean "${nearest}"?`,
  };
}

function missingInput(name: string, spec: InputSpec): InputProblem {
  const [example] = Array.isArray(spec.schema['examples']) ? (spec.schema['examples'] as readonly Json[]) : [];
  const value = example === undefined ? '…' : typeof example === 'string' ? example : JSON.stringify(example);
  return {
    input: name,
    code: 'INPUT_MISSING',
    message: `Input "${name}" is missing, and it has no default.`,
    hint: [`Add --input ${name}=${value}`, ...(spec.description === undefined ? [] : [spec.description])].join(': '),
  };
}

function declaredTypes(schema: JsonObject): readonly string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.map(String) : [];
}

/** A value that `enum` or `const` lists under this text, where no type is declared. */
function listedValue(schema: JsonObject, text: string): Json | undefined {
  const { enum: members, const: only } = schema;
  const listed: readonly Json[] = [
    ...(Array.isArray(members) ? (members as readonly Json[]) : []),
    ...(only === undefined ? [] : [only]),
  ];
  return listed.includes(text) ? text : listed.find((value) => JSON.stringify(value) === text);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function fitsType(value: Json, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
