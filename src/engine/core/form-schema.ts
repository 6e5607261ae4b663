import type { Json, JsonObject } from '../../model/json.ts';
import type { InputSpec } from '../../model/workflow.ts';

/** JSON Schema of the whole form of an approval. */
export function formSchema(form: Readonly<Record<string, InputSpec>>): JsonObject {
  const required = Object.entries(form).flatMap(([name, spec]) => (spec.default === undefined ? [name] : []));
  const properties: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(form)) {
    const described = spec.description === undefined ? {} : { description: spec.description };
    const preset = spec.default === undefined ? {} : { default: spec.default };
    properties[name] = { ...spec.schema, ...described, ...preset };
  }
  return { type: 'object', properties, required, additionalProperties: false };
}
