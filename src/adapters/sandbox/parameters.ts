import { isJsonObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';

/** A JSON Schema for parameters: `required` ones, then optional ones, and no others. */
export function parameters(required: JsonObject, optional: JsonObject = {}): JsonObject {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

/** A text parameter that has passed its schema. */
export function textOf(params: JsonObject, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw new TypeError(`The schema lets params.${name} be something else than text.`);
  return value;
}

export function optionalTextOf(params: JsonObject, name: string): string | null {
  return params[name] === undefined ? null : textOf(params, name);
}

export function numberOf(params: JsonObject, name: string, otherwise?: number): number {
  const value = params[name] ?? otherwise;
  if (typeof value !== 'number') throw new TypeError(`The schema lets params.${name} be something else than a number.`);
  return value;
}

/**
 * The first thing that is wrong with parameters, naming the field; undefined when they conform. Knows the keywords
 * that the sandbox's own tools use, and no more.
 */
export function violation(schema: JsonObject, value: Json, at = 'params'): string | undefined {
  const expected = typesOf(schema);
  if (expected.length > 0 && !expected.some((type) => hasType(value, type))) {
    return `${at} must be ${expected.join(' or ')}, and is ${describe(value)}.`;
  }
  if (typeof value === 'string') return textViolation(schema, value, at);
  if (typeof value === 'number') return numberViolation(schema, value, at);
  if (Array.isArray(value)) return listViolation(schema, value, at);
  return isJsonObject(value) ? objectViolation(schema, value, at) : undefined;
}

function textViolation(schema: JsonObject, value: string, at: string): string | undefined {
  const { enum: allowed, pattern, minLength, maxLength } = schema;
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    return `${at} must be one of ${allowed.join(', ')}, and is ${describe(value)}.`;
  }
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) {
    return `${at} must match ${pattern}, and is ${describe(value)}.`;
  }
  if (typeof minLength === 'number' && value.length < minLength) return `${at} must not be empty.`;
  if (typeof maxLength === 'number' && value.length > maxLength) {
    return `${at} must have at most ${maxLength} characters, and has ${value.length}.`;
  }
  return undefined;
}

function numberViolation(schema: JsonObject, value: number, at: string): string | undefined {
  const { minimum, maximum } = schema;
  if (typeof minimum === 'number' && value < minimum) return `${at} must be at least ${minimum}, and is ${value}.`;
  if (typeof maximum === 'number' && value > maximum) return `${at} must be at most ${maximum}, and is ${value}.`;
  return undefined;
}

function listViolation(schema: JsonObject, value: readonly Json[], at: string): string | undefined {
  const { items, maxItems } = schema;
  if (typeof maxItems === 'number' && value.length > maxItems) {
    return `${at} must have at most ${maxItems} items, and has ${value.length}.`;
  }
  if (!isJsonObject(items)) return undefined;
  for (const [index, item] of value.entries()) {
    const found = violation(items, item, `${at}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function objectViolation(schema: JsonObject, value: JsonObject, at: string): string | undefined {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  for (const name of required) {
    if (typeof name === 'string' && value[name] === undefined) return `${at}.${name} is required.`;
  }
  for (const [name, field] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (own === undefined && schema['additionalProperties'] === false) {
      return `${at}.${name} is not a parameter of this tool. It takes: ${Object.keys(properties).join(', ') || 'none'}.`;
    }
    const found = isJsonObject(own) ? violation(own, field, `${at}.${name}`) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function typesOf(schema: JsonObject): string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((name) => typeof name === 'string') : [];
}

function hasType(value: Json, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function describe(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
