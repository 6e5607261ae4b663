import type { ExpressionValue, PathValue } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';
import { findClosing } from './code-scanner.ts';
import { pathOf, resultProblems, scalarPathProblem, shifted, unknownName } from './names.ts';
import { readReference } from './reference.ts';
import type { Reference } from './reference.ts';
import type { Classified, NameScope, ScopedName, TextProblem } from './scope.ts';

export interface TemplateOptions {
  readonly codeLike?: string;
  readonly uri?: boolean;
  /** Checks the text between `${{` and `}}`. */
  readonly check: (text: string, scope: NameScope) => Classified;
}

type Part = PathValue | ExpressionValue;

/** What stands at a `$`: text up to `end` is literal, a part, or a problem. */
type Finding =
  | { readonly kind: 'text'; readonly text: string; readonly end: number }
  | { readonly kind: 'part'; readonly part: Part; readonly end: number; readonly problems?: readonly TextProblem[] }
  | { readonly kind: 'problem'; readonly problems: readonly TextProblem[]; readonly end: number };

interface Reader {
  readonly text: string;
  readonly scope: NameScope;
  readonly options: TemplateOptions;
  /** Names already held against the names in scope. */
  readonly suspects: Map<string, boolean>;
}

/** Reads a text that holds a `$` and is neither wholly an expression nor wholly a reference. */
export function classifyTemplate(text: string, scope: NameScope, options: TemplateOptions): Classified {
  const reader: Reader = { text, scope, options, suspects: new Map() };
  const parts: (string | Part)[] = [];
  const problems: TextProblem[] = [];
  let literal = '';
  let position = 0;
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', position)) {
    literal += text.slice(position, at);
    const found = readAt(reader, at);
    position = found.end;
    if (found.kind === 'text') literal += found.text;
    if (found.kind !== 'text') problems.push(...(found.problems ?? []));
    if (found.kind !== 'part') continue;
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(found.part);
  }
  literal += text.slice(position);
  if (problems.some((problem) => problem.severity === 'error')) return { problems };
  if (parts.length === 0) return { value: { kind: 'literal', value: literal }, problems };
  if (literal !== '') parts.push(literal);
  return { value: { kind: 'template', parts, ...(options.uri === true && { encoding: 'uri' }) }, problems };
}

function readAt(reader: Reader, at: number): Finding {
  const { text } = reader;
  if (text[at + 1] === '$') return readEscape(reader, at);
  if (text.startsWith('${{', at)) return readExpression(reader, at);
  if (text[at + 1] === '{') return readBraced(reader, at);
  return readPlain(reader, at);
}

/** `$$` gives one `$` where a single one would begin a reference (or be refused as a mistyped one). */
function readEscape(reader: Reader, at: number): Finding {
  const { text } = reader;
  if (text.startsWith('${{', at + 1)) return { kind: 'text', text: '${{', end: at + 4 };
  const reference = readReference(text, text[at + 2] === '{' ? at + 3 : at + 2);
  if (reference === undefined) return { kind: 'text', text: '$', end: at + 1 };
  const isWhole = at === 0 && reference.end === text.length;
  const means = reader.scope.lookup(reference.name) !== undefined || isSuspect(reader, reference) || isWhole;
  return {
    kind: 'text',
    text: means ? text.slice(at + 1, reference.nameEnd) : text.slice(at, reference.nameEnd),
    end: reference.nameEnd,
  };
}

function readExpression({ text, scope, options }: Reader, at: number): Finding {
  const closing = findClosing(text, at + 3);
  if (closing === undefined) return { kind: 'problem', problems: [unclosed(at)], end: text.length };
  const start = at + 3;
  const { value, problems } = options.check(text.slice(start, closing), scope);
  const placed = shifted(problems, start);
  if (value?.kind === 'path' || value?.kind === 'expression')
    return { kind: 'part', part: value, end: closing + 2, problems: placed };
  return { kind: 'problem', problems: placed, end: closing + 2 };
}

function readBraced(reader: Reader, at: number): Finding {
  const { text, scope } = reader;
  const reference = readReference(text, at + 2);
  const literal: Finding = { kind: 'text', text: '${', end: at + 2 };
  if (reference === undefined) return literal;
  const isClosed = text[reference.end] === '}';
  const scoped = scope.lookup(reference.name);
  if (scoped === undefined) return isClosed ? readUnscoped(reader, at, reference) : literal;
  if (!isClosed) return { kind: 'problem', problems: [unreadableBraces(reference, at)], end: reference.end };
  return { ...readScoped(reader, at, reference, scoped), end: reference.end + 1 };
}

function readPlain(reader: Reader, at: number): Finding {
  const found = readReference(reader.text, at + 1);
  if (found === undefined) return { kind: 'text', text: '$', end: at + 1 };
  const reference = found.list ? { ...found, list: false, end: found.end - 2 } : found;
  const scoped = reader.scope.lookup(reference.name);
  if (scoped === undefined) return readUnscoped(reader, at, reference);
  return readScoped(reader, at, reference, scoped);
}

function readScoped({ text, options }: Reader, at: number, reference: Reference, scoped: ScopedName): Finding {
  const { end } = reference;
  if (options.codeLike !== undefined) {
    return { kind: 'problem', problems: [ambiguous(options.codeLike, reference, at)], end };
  }
  if (scoped.scalar && reference.steps.length > 0) {
    return { kind: 'problem', problems: [scalarPathProblem(text, at, reference)], end };
  }
  return { kind: 'part', part: pathOf(reference, scoped), end, problems: resultProblems(text, reference, scoped) };
}

function readUnscoped(reader: Reader, at: number, reference: Reference): Finding {
  if (isSuspect(reader, reference)) {
    const end = reader.text[at + 1] === '{' ? reference.end + 1 : reference.end;
    const unknown = unknownName(reference.name, at, reader.scope, `$${reader.text.slice(at, end)}`);
    return { kind: 'problem', problems: [{ ...unknown, length: reference.nameEnd - at }], end };
  }
  return { kind: 'text', text: reader.text.slice(at, reference.nameEnd), end: reference.nameEnd };
}

/** True for a name out of scope that its author surely meant as a reference. Code of other languages has its own `$`. */
function isSuspect(reader: Reader, reference: Reference): boolean {
  const { scope, options, suspects } = reader;
  if (options.codeLike !== undefined) return false;
  const [first] = reference.steps;
  if (first !== undefined && 'field' in first) return true;
  const known = suspects.get(reference.name);
  if (known !== undefined) return known;
  // $HOME is a variable of some shell, even beside an input called home.
  const isNear = didYouMean(reference.name, scope.names(), 'same') !== undefined;
  const suspect = isNear || scope.explain(reference.name) !== undefined;
  suspects.set(reference.name, suspect);
  return suspect;
}

function ambiguous(parameter: string, reference: Reference, at: number): TextProblem {
  const name = `$${reference.name}`;
  return {
    severity: 'error',
    code: 'TEXT_AMBIGUOUS',
    message: `"${parameter}" holds code of another language, so ${name} inside it could mean either.`,
    hint: `Write \${{ ${name} }} for the value in scope, or $${name} for the text ${name}.`,
    offset: at,
    length: reference.nameEnd - at,
  };
}

function unreadableBraces(reference: Reference, at: number): TextProblem {
  return {
    severity: 'error',
    code: 'TEXT_AMBIGUOUS',
    message: `\${${reference.name} is not closed after its path, so it is neither a reference nor surely text.`,
    hint: `Write \${${reference.name}} or \${{ … }} for a value, or $\${${reference.name} for literal text.`,
    offset: at,
    length: reference.end - at,
  };
}

function unclosed(at: number): TextProblem {
  return {
    severity: 'error',
    code: 'EXPRESSION_UNCLOSED',
    message: 'This ${{ has no }} that closes it.',
    hint: 'Close it with }}, or write $${{ for literal text.',
    offset: at,
    length: 3,
  };
}
