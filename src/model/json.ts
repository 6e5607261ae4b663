/** A value that JSON can carry. Results, inputs and parameters are always of this type. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Key order is kept. */
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for null, booleans, numbers and strings: what a text template can show. */
export function isScalar(value: Json): value is null | boolean | number | string {
  return value === null || typeof value !== 'object';
}

/** Values from outside may be nested so deep; deeper ones would overflow the stack of whoever walks them. */
export const deepestValue = 500;

/** True when arrays and objects are nested in more levels than these. */
export function isDeeperThan(levels: number, value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((child: Json) => isDeeperThan(levels - 1, child));
  // Without a list in between: every answer of a server comes here.
  const object = value as JsonObject;
  for (const key in object) {
    if (isDeeperThan(levels - 1, object[key] ?? null)) return true;
  }
  return false;
}

/** JSON text with object keys in code-unit order, so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${joined(value, canonicalJson)}]`;
  const object = value as JsonObject;
  const keys = Object.keys(object);
  return `{${joined(keys.length > 1 ? keys.toSorted() : keys, (key) => memberText(key, object[key] ?? null))}}`;
}

function memberText(key: string, value: Json): string {
  return `${JSON.stringify(key)}:${canonicalJson(value)}`;
}

/** Without lists in between: every look-up in the cache comes here. */
function joined<T>(parts: readonly T[], textOf: (part: T) => string): string {
  let text = '';
  for (const part of parts) text += text === '' ? textOf(part) : `,${textOf(part)}`;
  return text;
}
