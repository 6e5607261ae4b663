import type { Json } from '../../../model/json.ts';
import type { Redactor } from '../../../model/redaction.ts';
import { printable } from './printable.ts';
import { createStyle, wantsColour } from './style.ts';
import type { Style } from './style.ts';

/** The two streams of a command: results go to stdout, progress and messages to stderr. */
export interface Terminal {
  readonly style: Style;
  readonly noteStyle: Style;
  /** True where stderr is a terminal on which lines may be redrawn. */
  readonly live: boolean;
  /** True where a person can be asked: stdin and stdout are a terminal, and nobody said that this is CI. */
  readonly asks: boolean;
  /** True where messages also appear as annotations of GitHub Actions. */
  readonly annotates: boolean;
  /** Columns of stderr; 80 where nobody knows. */
  columns(): number;
  /** Columns that a table on stdout may take; without limit where it is not a terminal. */
  tableColumns(): number;
  /** A line of the result. */
  print(line: string): void;
  /** A line for the person who watches. */
  note(line: string): void;
  /** Bytes to stderr as they are, for the live picture. */
  draw(text: string): void;
  /** The one document that `--json` promises. */
  json(document: object): void;
  /** One of several documents, each on a line of its own. */
  jsonLine(document: object): void;
  /** From now on, everything printed goes through this redactor. */
  redactWith(redactor: Redactor): void;
}

/** `isTTY` and `columns` are absent where the stream is no terminal. */
interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function createTerminal(
  streams: { readonly stdin?: Pick<Stream, 'isTTY'>; readonly stdout: Stream; readonly stderr: Stream },
  variables: Readonly<Record<string, string | undefined>>,
): Terminal {
  const { stdin, stdout, stderr } = streams;
  const inCi = (variables['CI'] ?? '') !== '' && variables['CI'] !== 'false';
  let redactor: Redactor = { text: (text) => text, json: (value) => value };
  return {
    style: createStyle(wantsColour(variables, stdout.isTTY ?? false)),
    noteStyle: createStyle(wantsColour(variables, stderr.isTTY ?? false)),
    live: (stderr.isTTY ?? false) && !inCi && variables['TERM'] !== 'dumb',
    asks: (stdin?.isTTY ?? false) && (stdout.isTTY ?? false) && !inCi,
    annotates: variables['GITHUB_ACTIONS'] === 'true',
    columns: () => stderr.columns || 80,
    tableColumns: () => (stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY),
    print: (line) => void stdout.write(`${redactor.text(line)}\n`),
    note: (line) => void stderr.write(`${redactor.text(line)}\n`),
    draw: (text) => void stderr.write(redactor.text(text)),
    json: (document) => {
      // JSON may hold some characters as they are that steer a terminal; their escapes mean the same.
      const plain = JSON.parse(JSON.stringify(document)) as Json;
      stdout.write(`${printable(JSON.stringify(redactor.json(plain), null, 2))}\n`);
    },
    jsonLine: (document) => {
      const plain = JSON.parse(JSON.stringify(document)) as Json;
      stdout.write(`${printable(JSON.stringify(redactor.json(plain)))}\n`);
    },
    redactWith: (next) => {
      redactor = next;
    },
  };
}
