import type { PathStep } from '../../model/values.ts';

/** `name` and the path steps after it, as they stand in a text. */
export interface Reference {
  readonly name: string;
  readonly steps: readonly PathStep[];
  /** Offset after each of the steps. */
  readonly stepEnds: readonly number[];
  /** True when it ends in `[]`. */
  readonly list: boolean;
  /** Offset of the first path step: the end of the name. */
  readonly nameEnd: number;
  /** Offset after the last character. */
  readonly end: number;
}

interface Found<T> {
  readonly value: T;
  readonly end: number;
}

const identifier = /[A-Za-z_]\w*/y;
const quotedName = /`([^`]+)`/y;
const integer = /\[\s*(-?(?:0|[1-9]\d{0,14}))\s*\]/y;
const filterValue =
  /\s*=\s*(?:"([^"\\]*)"|'([^'\\]*)'|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null))\s*\]/y;
const spaces = /\s*/y;

/**
 * Reads a name and as many path steps as follow it. `offset` is that of the name, after the `$`.
 * Undefined when no identifier stands there.
 */
export function readReference(text: string, offset: number): Reference | undefined {
  const name = match(identifier, text, offset);
  if (name === undefined) return undefined;
  const nameEnd = offset + name[0].length;
  const steps: PathStep[] = [];
  const stepEnds: number[] = [];
  let end = nameEnd;
  for (let next = readStep(text, end); next !== undefined; next = readStep(text, end)) {
    steps.push(next.value);
    end = next.end;
    stepEnds.push(end);
  }
  const list = text.startsWith('[]', end);
  return { name: name[0], steps, stepEnds, list, nameEnd, end: list ? end + 2 : end };
}

function readStep(text: string, offset: number): Found<PathStep> | undefined {
  if (text[offset] === '.') {
    const field = readField(text, offset + 1);
    return field === undefined ? undefined : { value: { field: field.value }, end: field.end };
  }
  if (text[offset] !== '[') return undefined;
  const index = match(integer, text, offset);
  if (index !== undefined) return { value: { index: Number(index[1]) }, end: offset + index[0].length };
  return readFilter(text, offset);
}

function readField(text: string, offset: number): Found<string> | undefined {
  const plain = match(identifier, text, offset);
  if (plain !== undefined) return { value: plain[0], end: offset + plain[0].length };
  const quoted = match(quotedName, text, offset);
  return quoted === undefined ? undefined : { value: quoted[1] ?? '', end: offset + quoted[0].length };
}

function readFilter(text: string, offset: number): Found<PathStep> | undefined {
  const start = offset + 1 + (match(spaces, text, offset + 1)?.[0].length ?? 0);
  const field = readField(text, start);
  if (field === undefined) return undefined;
  const value = match(filterValue, text, field.end);
  if (value === undefined) return undefined;
  const where = { field: field.value, equals: literalOf(value) };
  return { value: { where }, end: field.end + value[0].length };
}

function literalOf([, double, single, number, word]: RegExpExecArray): null | boolean | number | string {
  if (double !== undefined) return double;
  if (single !== undefined) return single;
  if (number !== undefined) return Number(number);
  return word === 'null' ? null : word === 'true';
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text) ?? undefined;
}
