import type { ListNode, MapNode, Entry, Node, ScalarNode } from './tree.ts';

/** Thrown where a text uses more of YAML than the plain reader knows: the library then reads the file. */
export const notPlain = new Error('not plain YAML');

/** Deeper values are the library's to measure. */
export const deepest = 16;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** A name that YAML can only read as text, with its colon. */
const keyPattern = /([A-Za-z_][\w./-]*):(?= |\n)/y;
const readAsOther = /^(?:null|true|false)$/i;

/** The key that begins at `at`, undefined where none does. */
export function readKey(text: string, at: number): ScalarNode | undefined {
  keyPattern.lastIndex = at;
  const name = keyPattern.exec(text)?.[1];
  if (name === undefined) return undefined;
  if (readAsOther.test(name) || forbiddenKeys.has(name)) throw notPlain;
  return textNode(name, 'plain', { start: at, end: at + name.length });
}

/** The scalar or flow collection that begins at `at` and ends on the same line. */
export function readInline(text: string, at: number, depth = 1): Node {
  if (depth > deepest) throw notPlain;
  switch (text.charAt(at)) {
    case '"':
      return readQuoted(text, at, /"[^"\\\n]*"/y);
    case "'":
      return readQuoted(text, at, /'(?:[^'\n]|'')*'/y);
    case '[':
      return readFlowList(text, at, depth);
    case '{':
      return readFlowMap(text, at, depth);
    default:
      return readPlain(text, at, /[^\n]+/y);
  }
}

function readQuoted(text: string, at: number, pattern: RegExp): ScalarNode {
  pattern.lastIndex = at;
  const written = pattern.exec(text)?.[0];
  if (written === undefined) throw notPlain;
  const inner = written.slice(1, -1);
  const place = { start: at, end: at + written.length };
  return written[0] === '"' ? textNode(inner, 'double', place) : textNode(inner.replaceAll("''", "'"), 'single', place);
}

/** Characters that begin something else than plain text. */
const indicator = /[\s#&*!|>%@`?:,[\]{}"']|-(?=\s)/y;

function readPlain(text: string, at: number, extent: RegExp): ScalarNode {
  indicator.lastIndex = at;
  if (indicator.test(text)) throw notPlain;
  extent.lastIndex = at;
  const reach = extent.exec(text)?.[0] ?? '';
  const comment = reach.indexOf(' #');
  const written = (comment === -1 ? reach : reach.slice(0, comment)).trimEnd();
  if (written === '' || written.endsWith(':') || written.includes(': ')) throw notPlain;
  const place = { start: at, end: at + written.length };
  return { kind: 'scalar', value: valueOf(written), style: 'plain', empty: false, ...place };
}

const simpleNumber = /^(?:0|-?[1-9]\d{0,14})(?:\.\d{1,9})?$/;
/** Everything that the core schema, or a reader of its rules, could take for a number. */
const likeNumber = /^[-+]?\.?\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?$|^0[xob]|^[-+]?\.(?:inf|nan)$/i;

function valueOf(written: string): null | boolean | number | string {
  const first = written.charCodeAt(0);
  const isLetter = (first >= 97 && first <= 122) || first === 36;
  if (!isLetter && simpleNumber.test(written)) return Number(written);
  if (!isLetter && likeNumber.test(written)) throw notPlain;
  if (written.length > 5) return written;
  if (/^(?:~|null|Null|NULL)$/.test(written)) return null;
  if (/^(?:true|True|TRUE)$/.test(written)) return true;
  return /^(?:false|False|FALSE)$/.test(written) ? false : written;
}

function readFlowList(text: string, at: number, depth: number): ListNode {
  const items: Node[] = [];
  const end = eachFlowItem(text, at, ']', (start) => {
    const item = readFlowValue(text, start, depth);
    items.push(item);
    return item.end;
  });
  return { kind: 'list', items, start: at, end };
}

function readFlowMap(text: string, at: number, depth: number): MapNode {
  const entries = new Map<string, Entry>();
  const end = eachFlowItem(text, at, '}', (start) => {
    const key = readKey(text, start);
    if (key === undefined) throw notPlain;
    const value = readFlowValue(text, skipSpaces(text, key.end + 1), depth);
    addEntry(entries, key, value);
    return value.end;
  });
  return { kind: 'map', entries, start: at, end };
}

/** Reads the items between commas; gives the offset behind the closing bracket. */
function eachFlowItem(text: string, at: number, closing: ']' | '}', read: (start: number) => number): number {
  let position = skipSpaces(text, at + 1);
  if (text[position] === closing) return position + 1;
  for (;;) {
    position = skipSpaces(text, read(position));
    if (text[position] === closing) return position + 1;
    if (text[position] !== ',') throw notPlain;
    position = skipSpaces(text, position + 1);
  }
}

function readFlowValue(text: string, at: number, depth: number): Node {
  const first = text[at];
  if (first === '"' || first === "'" || first === '[' || first === '{') return readInline(text, at, depth + 1);
  const value = readPlain(text, at, /[^\n,[\]{}]+/y);
  // Text cut short by a bracket, or by a comment, is none of the plain cases.
  if (!/[,\]}]/.test(text[skipSpaces(text, value.end)] ?? '')) throw notPlain;
  return value;
}

export function addEntry(entries: Map<string, Entry>, key: ScalarNode, value: Node): void {
  const name = String(key.value);
  if (entries.has(name)) throw notPlain;
  entries.set(name, { key, name, value });
}

export function skipSpaces(text: string, at: number): number {
  let position = at;
  while (text[position] === ' ') position += 1;
  return position;
}

function textNode(
  value: string,
  style: ScalarNode['style'],
  place: { readonly start: number; readonly end: number },
): ScalarNode {
  return { kind: 'scalar', value, style, empty: false, ...place };
}
