import { formsOf } from './secret-forms.ts';
import { withoutCutForms } from './cut-forms.ts';
import type { Json } from './json.ts';

/** Takes secrets out of everything that is shown or stored. The second net: the first is not to put them there. */
export interface Redactor {
  text(text: string): string;
  /** Strings are redacted, and keys too unless they look like a field's name. A clean value is given back as it is. */
  json(value: Json): Json;
}

const replacement = '[redacted]';
const minLength = 6;
/** A pattern of more alternatives is slower than a look at every place of the text. */
const mostInPattern = 200;

/**
 * A redactor for these values: each of six characters or more is found plain, JSON-escaped (once or twice), URL-encoded,
 * in hex, in base64 at any offset, and so also as the second half of `user:secret` in base64; of a text of several
 * lines, each line; of an address, its password, path and query; and what is left of each where a message was cut.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const redactor = new GrowingRedactor();
  redactor.add(secrets);
  return redactor;
}

/** A redactor that learns more values while the process runs. */
export class GrowingRedactor implements Redactor {
  readonly #forms = new Set<string>();
  #replace: ((text: string) => string) | undefined;

  add(secrets: readonly string[]): void {
    const before = this.#forms.size;
    for (const secret of secrets) {
      if (secret.length < minLength) continue;
      for (const form of formsOf(secret)) if (form.length >= minLength) this.#forms.add(form);
    }
    if (this.#forms.size === before) return;
    const replace = replacerOf(this.#forms);
    this.#replace = (text) => withoutCutForms(replace(text), this.#forms, replacement);
  }

  text(text: string): string {
    return this.#replace === undefined ? text : this.#replace(text);
  }

  json(value: Json): Json {
    return this.#replace === undefined ? value : redactJson(value, this.#replace);
  }
}

function replacerOf(forms: ReadonlySet<string>): (text: string) => string {
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  if (longestFirst.length > mostInPattern) return indexedReplacer(longestFirst);
  const pattern = new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return (text) => text.replace(pattern, replacement);
}

/** Looks forms up by their first characters. */
function indexedReplacer(longestFirst: readonly string[]): (text: string) => string {
  const byStart = new Map<string, string[]>();
  for (const form of longestFirst) {
    const start = form.slice(0, minLength);
    const known = byStart.get(start);
    if (known) known.push(form);
    else byStart.set(start, [form]);
  }
  return (text) => {
    let clean = '';
    let kept = 0;
    for (let at = 0; at + minLength <= text.length;) {
      const found = byStart.get(text.slice(at, at + minLength))?.find((form) => text.startsWith(form, at));
      if (found === undefined) at += 1;
      else {
        clean += text.slice(kept, at) + replacement;
        at += found.length;
        kept = at;
      }
    }
    return kept === 0 ? text : clean + text.slice(kept);
  };
}

function redactJson(value: Json, text: (value: string) => string): Json {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return text(String(value)) === replacement ? replacement : value;
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return redactList(value, text);
  const entries = Object.entries(value);
  const redacted = entries.map(([key, item]) => [redactKey(key, text), redactJson(item, text)] as const);
  // By place: another entry may be called like the redacted one, and hold the same.
  const isClean = redacted.every(([key, item], index) => entries[index]?.[0] === key && value[key] === item);
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
