import { canonicalJson } from '../model/json.ts';
import type { SchemaCheck } from '../model/schema-check.ts';
import { commonViolations } from './schema-check/common-keywords.ts';
import type { CompiledSchema } from './schema-check/compile.ts';

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
