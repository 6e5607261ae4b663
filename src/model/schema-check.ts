import type { Json, JsonObject } from './json.ts';

/** Checks values against JSON Schemas (2020-12); both may be hostile, so every check is bounded. */
export interface SchemaCheck {
  /** What is wrong, each with the path of the field; empty when the value conforms. Never rejects for a bad schema. */
  violations(schema: JsonObject, value: Json): Promise<readonly SchemaViolation[]>;
}

export interface SchemaViolation {
  /** `service_id`, `items[2].name`; empty for the whole value. */
  readonly path: string;
  readonly message: string;
  /** Present where the schema cannot be used, so that nothing is known of the value. */
  readonly unusable?: true;
}
