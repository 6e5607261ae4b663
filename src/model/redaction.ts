import type { Json } from './json.ts';

/** Takes secrets out of everything that is shown or stored. The second net: the first is not to put them there. */
export interface Redactor {
  text(text: string): string;
  /** Strings are redacted, and keys too unless they look like a field's name. A clean value is given back as it is. */
  json(value: Json): Json;
}

const replacement = '[redacted]';
const minLength = 6;

/**
 * A redactor for these values: each of six characters or more is found plain, JSON-escaped, URL-encoded, in base64
 * at any offset, and so also as the second half of `user:secret` in base64.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = new Set(secrets.filter((secret) => secret.length >= minLength).flatMap(formsOf));
  if (forms.size === 0) return { text: (text) => text, json: (value) => value };
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  const text = (value: string): string => value.replace(pattern, replacement);
  return { text, json: (value) => redactJson(value, text) };
}

function redactJson(value: Json, text: (value: string) => string): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return redactList(value, text);
  const redacted = Object.entries(value).map(([key, item]) => [redactKey(key, text), redactJson(item, text)] as const);
  const isClean = redacted.every(([key, item]) => Object.hasOwn(value, key) && value[key] === item);
  return isClean ? value : Object.fromEntries(redacted);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function redactList(list: readonly Json[], text: (value: string) => string): readonly Json[] {
  const redacted = list.map((item) => redactJson(item, text));
  return redacted.every((item, index) => item === list[index]) ? list : redacted;
}

/** A secret such as `status` must not rename the fields of every document. */
function redactKey(key: string, text: (value: string) => string): string {
  return /^[a-z_]+$/.test(key) ? key : text(key);
}

function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const encoded = encodeURIComponent(secret.replace(/[\ud800-\udfff]/gu, ''));
  const base64 = [0, 1, 2].flatMap((offset) => base64Core(secret, offset));
  return [secret, escaped, encoded, encoded.replaceAll('%20', '+'), ...base64];
}

/** The characters of the base64 text that `secret` alone decides, when `offset` bytes stand before it. */
function base64Core(secret: string, offset: number): string[] {
  const bytes = new TextEncoder().encode(secret);
  const whole = btoa('\0'.repeat(offset) + String.fromCharCode(...bytes)).replaceAll('=', '');
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  const core = whole.slice(first, end);
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
}
