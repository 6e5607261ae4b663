import type { Json } from './json.ts';

/** Where the value of a secret comes from. */
export type SecretSource =
  | { readonly kind: 'env'; readonly variable: string }
  /** Relative to the project's root. */
  | { readonly kind: 'file'; readonly path: string }
  /** A program and its arguments, without a shell; it writes the value to stdout. */
  | { readonly kind: 'exec'; readonly command: readonly [string, ...string[]] };

/** The key that seals what a journal holds: the text itself, or where it comes from. */
export type KeySource = SecretSource | { readonly kind: 'text'; readonly text: string };

/**
 * The text that stands for a secret wherever a run computes, records or shows something: only at the door of a call is
 * it replaced by the value. It survives percent-encoding, and a far side cannot make one up, because `mark` differs
 * from run to run and from secret to secret.
 * @param mark 32 hexadecimal digits
 */
export function handleOf(name: string, mark: string): string {
  return `~secret.${name}.${mark}~`;
}

const handlePattern = /~secret\.([A-Za-z_]\w*)\.[0-9a-f]{32}~/g;

/** The text with each handle replaced by what `fill` gives for it. */
export function replaceHandles(
  text: string,
  fill: (handle: { readonly text: string; readonly name: string; readonly offset: number }) => string,
): string {
  if (!text.includes('~secret.')) return text;
  return text.replace(handlePattern, (handle, name: string, offset: number) => fill({ text: handle, name, offset }));
}

/** The text as people see it: a handle says which secret it stands for, and no more. */
export function shownHandles(text: string): string {
  return replaceHandles(text, ({ name }) => `[secret ${name}]`);
}

/** The value with every string changed, keys included; what does not change is given back as it is. */
export function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    const items = value.map((item) => mapTexts(item, change));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const before = Object.entries(value);
  const entries = before.map(([key, item]) => [change(key), mapTexts(item, change)] as const);
  const isSame = entries.every(([key, item], index) => before[index]?.[0] === key && value[key] === item);
  return isSame ? value : Object.fromEntries(entries);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
