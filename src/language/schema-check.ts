import { canonicalJson } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { commonViolations } from './schema-check/common-keywords.ts';
import type { CompiledSchema } from './schema-check/compile.ts';

/** Checks values against JSON Schemas (2020-12); both may be hostile, so everything is bounded. */
export interface SchemaCheck {
  /** What is wrong, each with the path of the field; empty when the value conforms. Never rejects for a bad schema. */
  violations(schema: JsonObject, value: Json): Promise<readonly SchemaViolation[]>;
}

export interface SchemaViolation {
  /** `service_id`, `items[2].name`; empty for the whole value. */
  readonly path: string;
  readonly message: string;
}

const maxCompiled = 100;

/** Schemas of common keywords are checked at once; any other loads the full validator, which is dear. */
export function createSchemaCheck(): SchemaCheck {
  const compiled = new Map<string, CompiledSchema>();
  return {
    async violations(schema, value) {
      const common = commonViolations(schema, value);
      if (common !== undefined) return common;
      const { compileSchema } = await import('./schema-check/compile.ts');
      const key = canonicalJson(schema);
      const check = compiled.get(key) ?? compileSchema(schema, key.length);
      if (compiled.size >= maxCompiled) compiled.clear();
      compiled.set(key, check);
      return check(value);
    },
  };
}
