import type { PathValue, Value } from '../../model/values.ts';
import { builtinNames } from './builtin-names.ts';
import type { ExpressionCheck } from './check-expression.ts';
import { findClosing } from './code-scanner.ts';
import { evalRefused, pathOf, resultProblems, scalarPathProblem, shifted, unknownName } from './names.ts';
import { readReference } from './reference.ts';
import type { Classified, NameScope, TextProblem } from './scope.ts';
import { classifyTemplate } from './template.ts';

export interface TextOptions {
  /** Name of the parameter when its text is code of another language (`query`, `sql`, …). */
  readonly codeLike?: string;
  /** True for a URL: parts of a template are percent-encoded. */
  readonly uri?: boolean;
}

let loadedCheck: ExpressionCheck | undefined;

/** Loads what JSONata needs. Must have resolved once before a text with `${{` or a condition is classified. */
export async function prepareExpressions(): Promise<void> {
  loadedCheck ??= (await import('./check-expression.ts')).checkExpression;
}

/** Decides what a string value of a workflow file is: literal, reference, template or expression. */
export function classifyText(text: string, scope: NameScope, options: TextOptions = {}): Classified {
  if (!text.includes('$')) return { value: { kind: 'literal', value: text }, problems: [] };
  return (
    wholeExpression(text, scope) ??
    wholeReference(text, scope) ??
    disguisedExpression(text, scope) ??
    classifyTemplate(text, scope, { ...options, check: checkEmbedded })
  );
}

/** Checks a text that is JSONata by its place: `if`, `until`, `for_each` and the like. */
export function classifyExpression(text: string, scope: NameScope, options: { until?: boolean } = {}): Classified {
  if (text.trimStart().startsWith('${{')) return failure(needlessDelimiters(text));
  return preparedCheck()(text, scope, options);
}

/** Text between `${{` and `}}`. A plain path needs no JSONata. */
function checkEmbedded(text: string, scope: NameScope): Classified {
  const trimmed = text.trim();
  const reference = trimmed.startsWith('$') ? readReference(trimmed, 1) : undefined;
  if (reference?.end === trimmed.length && !builtinNames.has(reference.name)) {
    const scoped = scope.lookup(reference.name);
    if (scoped !== undefined) {
      const problems = resultProblems(trimmed, reference, scoped);
      return { value: pathOf(reference, scoped), problems: shifted(problems, text.indexOf(trimmed)) };
    }
  }
  return preparedCheck()(text, scope, {});
}

function preparedCheck(): ExpressionCheck {
  if (loadedCheck === undefined) throw new Error('prepareExpressions() must have resolved before this is called.');
  return loadedCheck;
}

function wholeExpression(text: string, scope: NameScope): Classified | undefined {
  if (!text.startsWith('${{')) return undefined;
  const closing = findClosing(text, 3);
  if (closing === undefined || text.slice(closing + 2).trim() !== '') return undefined;
  const { value, problems } = checkEmbedded(text.slice(3, closing), scope);
  const placed = shifted(problems, 3);
  return value === undefined ? { problems: placed } : { value, problems: placed };
}

function wholeReference(text: string, scope: NameScope): Classified | undefined {
  if (!text.startsWith('$')) return undefined;
  const reference = readReference(text, 1);
  if (reference === undefined || reference.end !== text.length) return undefined;
  const scoped = scope.lookup(reference.name);
  if (scoped === undefined) return failure(unknownName(reference.name, 0, scope, `$${text}`));
  if (scoped.scalar && reference.steps.length > 0) return failure(scalarPathProblem(text, 0, reference));
  const value: PathValue = pathOf(reference, scoped);
  return { value, problems: resultProblems(text, reference, scoped) };
}

/** JSONata that lacks its delimiters: as text it would reach somebody unevaluated, or half evaluated. */
function disguisedExpression(text: string, scope: NameScope): Classified | undefined {
  const call = /^\$([A-Za-z]\w*)\(/.exec(text);
  if (call?.[1] === 'eval') return failure(evalRefused(0));
  const callsBuiltin = call?.[1] !== undefined && builtinNames.has(call[1]);
  if (!callsBuiltin && !isOperatorChain(text, scope) && !goesOnAsExpression(text, scope)) return undefined;
  return failure({
    severity: 'error',
    code: 'TEXT_LOOKS_LIKE_EXPRESSION',
    message: 'This text looks like an expression, but it would be used as text.',
    hint: `Write \${{ ${text.trim()} }} to evaluate it${callsBuiltin ? '' : ', or put the names into ${…} to keep it a text'}.`,
    offset: 0,
    length: text.length,
  });
}

const operator = /[ \t]+(?:[-+*/%&=<>]|!=|<=|>=|\?\?|\?:|and|or|in)[ \t]+/y;
const number = /-?\d+(?:\.\d+)?(?![\w.])/y;

/** References (and numbers) joined by spaced operators, and nothing else: `$a + $b`. */
function isOperatorChain(text: string, scope: NameScope): boolean {
  let position = operandEnd(text, 0, scope);
  if (position === undefined || text[0] !== '$') return false;
  let operators = 0;
  while (position < text.length) {
    operator.lastIndex = position;
    const joined = operator.exec(text);
    if (joined === null) return false;
    operators++;
    position = operandEnd(text, position + joined[0].length, scope);
    if (position === undefined) return false;
  }
  return operators > 0;
}

function operandEnd(text: string, offset: number, scope: NameScope): number | undefined {
  number.lastIndex = offset;
  const found = number.exec(text);
  if (found !== null) return offset + found[0].length;
  if (text[offset] !== '$') return undefined;
  const reference = readReference(text, offset + 1);
  return reference === undefined || scope.lookup(reference.name) === undefined ? undefined : reference.end;
}

/** `$items[price > 5]`, `$items[].price`: begins as a reference and goes on as JSONata. */
function goesOnAsExpression(text: string, scope: NameScope): boolean {
  const reference = text.startsWith('$') ? readReference(text, 1) : undefined;
  if (reference === undefined || scope.lookup(reference.name) === undefined) return false;
  return text[reference.end] === '[' || (reference.list && text[reference.end] === '.');
}

function needlessDelimiters(text: string): TextProblem {
  const inner = text
    .trim()
    .replace(/^\$\{\{/, '')
    .replace(/\}\}$/, '')
    .trim();
  return {
    severity: 'error',
    code: 'EXPRESSION_DELIMITERS',
    message: 'This field is an expression already, so it takes no ${{ and }}.',
    hint: `Write ${inner}`,
    offset: 0,
    length: text.length,
  };
}

function failure(problem: TextProblem): Classified & { readonly value?: Value } {
  return { problems: [problem] };
}
