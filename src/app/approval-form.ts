import { RunnerError } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { InputArgument } from './inputs.ts';

/** A field of a form. */
export interface FormField {
  readonly name: string;
  readonly schema: JsonObject;
  readonly isRequired: boolean;
}

/** What an approver fills in, in the order of the file. */
export function fieldsOf(form: JsonObject | undefined): readonly FormField[] {
  const { properties, required } = form ?? {};
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema: isJsonObject(schema) ? schema : {},
    isRequired: Array.isArray(required) && required.includes(name),
  }));
}

/** A text that a person gave for a field, read by its declared type. */
async function readField({ schema }: FormField, text: string): Promise<Json> {
  const { parseInputArgument } = await import('../language/inputs.ts');
  return parseInputArgument({ schema }, text);
}

/**
 * What is wrong with the text that a person gave for one field, as sentences; an empty text stands for the default, or
 * for nothing where the field is optional.
 */
export async function fieldProblems(form: JsonObject, field: FormField, text: string): Promise<readonly string[]> {
  const { name, schema, isRequired } = field;
  const value = text === '' ? schema['default'] : await readField(field, text);
  const alone = { ...onlyDefinitions(form), type: 'object', properties: { [name]: schema } };
  return formProblems(
    isRequired ? { ...alone, required: [name] } : alone,
    value === undefined ? {} : { [name]: value },
  );
}

/** What the schemas of fields may refer to. */
function onlyDefinitions({ $defs }: JsonObject): JsonObject {
  return $defs === undefined ? {} : { $defs };
}

/**
 * What a person has filled in, with defaults; undefined where nothing is asked.
 * @throws RunnerError FORM_INVALID, naming every problem at once
 */
export async function readForm(
  form: JsonObject | undefined,
  given: readonly InputArgument[],
): Promise<JsonObject | undefined> {
  const fields = fieldsOf(form);
  const unknown = given.find(({ name }) => !fields.some((field) => field.name === name));
  if (unknown !== undefined) throw unknownField(unknown.name, fields);
  if (form === undefined) return undefined;
  const values: Record<string, Json> = {};
  for (const field of fields) {
    const argument = given.findLast(({ name }) => name === field.name);
    const value =
      argument === undefined
        ? field.schema['default']
        : 'value' in argument
          ? argument.value
          : await readField(field, argument.text);
    if (value !== undefined) values[field.name] = value;
  }
  const problems = await formProblems(form, values);
  if (problems.length === 0) return values;
  throw new RunnerError('FORM_INVALID', problems.join(' '), { hint: exampleOf(fields) });
}

/** What is wrong with a filled-in form, each as a sentence. */
export async function formProblems(form: JsonObject, values: JsonObject): Promise<readonly string[]> {
  const missing = fieldsOf(form).filter(({ name, isRequired }) => isRequired && !Object.hasOwn(values, name));
  if (missing.length > 0) return missing.map(({ name }) => `The form needs "${name}".`);
  const { createSchemaCheck } = await import('../language/schema-check.ts');
  const violations = await createSchemaCheck().violations(form, values);
  return violations.map(({ path, message }) => `The form's ${path === '' ? 'values' : `"${path}"`} ${message}.`);
}

function unknownField(name: string, fields: readonly FormField[]): RunnerError {
  const known = fields.map((field) => field.name).join(', ');
  return new RunnerError('FORM_INVALID', `The approval has no field "${name}".`, {
    hint: known === '' ? 'It asks for no form.' : `It asks for ${known}.`,
  });
}

function exampleOf(fields: readonly FormField[]): string {
  return `Give them as: ${fields.map(({ name }) => `--form ${name}=…`).join(' ')}`;
}
