import type { Json } from '../../../model/json.ts';
import { printable } from '../terminal/printable.ts';
import { displayWidth } from '../terminal/width.ts';

const shortColumns = 100;

/** JSON for people: on one line where it is short, else indented below. Safe to print. */
export function valueLines(value: Json): readonly string[] {
  const short = printable(JSON.stringify(value));
  if (displayWidth(short) <= shortColumns) return [short];
  return printable(JSON.stringify(value, null, 2)).split('\n');
}

/** `label  value`, with the further lines of the value below it, all indented. */
export function labelled(label: string, lines: readonly string[], indent = '  '): readonly string[] {
  const [first = '', ...rest] = lines;
  return [`${indent}${label.padEnd(9)} ${first}`, ...rest.map((line) => `${indent}${' '.repeat(10)}${line}`)];
}

/** `1 result`, `2 results` */
export function quantity(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
