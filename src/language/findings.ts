import type { Diagnostic } from '../model/diagnostics.ts';
import { limits } from './limits.ts';

/** A stretch of the source text, in UTF-16 code units from 0. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Collects what is found about one file, and knows where in the file it is. */
export class Findings {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: number[];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  readonly #ofCode = new Map<string, number>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lineStarts = lineStartsOf(text);
  }

  error(code: string, place: Place | undefined, message: string, hint?: string): void {
    this.add('error', code, place, hint === undefined ? { message } : { message, hint });
  }

  warning(code: string, place: Place | undefined, message: string, hint?: string): void {
    this.add('warning', code, place, hint === undefined ? { message } : { message, hint });
  }

  /** Says that something is right, but that this version cannot execute it. */
  unsupported(place: Place, what: string): void {
    const message = `${what} is checked, but this version cannot execute it yet.`;
    this.add('unsupported', 'NOT_YET_SUPPORTED', place, { message });
  }

  /** Without a place the finding is about the file as a whole. The same finding at the same place counts once. */
  add(
    severity: Diagnostic['severity'],
    code: string,
    place: Place | undefined,
    words: { readonly message: string; readonly hint?: string },
  ): void {
    const ofCode = (this.#ofCode.get(`${severity} ${code}`) ?? 0) + 1;
    if (ofCode > limits.findingsOfOneCode) return;
    const diagnostic = { severity, code, file: this.file, ...this.#locate(place), ...words };
    const identity = `${diagnostic.line}:${diagnostic.column} ${code} ${words.message}`;
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    this.#ofCode.set(`${severity} ${code}`, ofCode);
    this.#diagnostics.push(diagnostic);
  }

  /** Line of an offset, from 1. */
  lineOf(offset: number): number {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Text of a line, counted from 1, without its line break. */
  lineText(line: number): string {
    const start = this.#lineStarts[line - 1] ?? this.text.length;
    const end = this.#lineStarts[line] ?? this.text.length;
    return this.text.slice(start, end).replace(/\r?\n$|\r$/, '');
  }

  /** Offset of the first character of a line, counted from 1. */
  lineStart(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  hasErrors(): boolean {
    return this.#diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  }

  count(): number {
    return this.#diagnostics.length;
  }

  /** All findings, by place. */
  sorted(): readonly Diagnostic[] {
    return this.#diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  #locate(place: Place | undefined): Pick<Diagnostic, 'line' | 'column' | 'length' | 'lineText'> {
    if (place === undefined) return { line: 0, column: 0, length: 1, lineText: '' };
    const line = this.lineOf(place.start);
    const lineText = this.lineText(line);
    const from = Math.min(place.start - this.lineStart(line), lineText.length);
    const to = Math.min(Math.max(place.end - this.lineStart(line), from), lineText.length);
    const length = Math.max(1, countCharacters(lineText.slice(from, to)));
    return { line, column: countCharacters(lineText.slice(0, from)) + 1, length, lineText };
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function countCharacters(text: string): number {
  return /[\uD800-\uDFFF]/.test(text) ? Array.from(text).length : text.length;
}
