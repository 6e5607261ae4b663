import type { PathValue } from '../../model/values.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Reference } from './reference.ts';
import { resultProblem } from './result-problem.ts';
import type { NameScope, ScopedName, TextProblem } from './scope.ts';

export function pathOf(reference: Reference, scoped: ScopedName, text = textOf(reference)): PathValue {
  return { kind: 'path', slot: scoped.slot, steps: reference.steps, list: reference.list, text };
}

/** `$name.path`, as an author writes it. */
function textOf(reference: Reference): string {
  const steps = reference.steps.map((step) => {
    if ('field' in step) return `.${nameText(step.field)}`;
    if ('index' in step) return `[${step.index}]`;
    return `[${nameText(step.where.field)}=${JSON.stringify(step.where.equals)}]`;
  });
  return `$${reference.name}${steps.join('')}${reference.list ? '[]' : ''}`;
}

function nameText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
}

/**
 * A name that nothing in scope carries.
 * @param offset of the `$`
 * @param literal how to write the same as literal text; absent where there is no such way
 */
export function unknownName(name: string, offset: number, scope: NameScope, literal?: string): TextProblem {
  const explained = scope.explain(name);
  const nearest = explained === undefined ? didYouMean(name, scope.names()) : undefined;
  const message = explained?.message ?? `Nothing is called $${name} here.`;
  const hints = [
    explained?.hint,
    nearest === undefined ? undefined : `Did you mean $${nearest}?`,
    literal === undefined ? undefined : `For literal text, write ${literal}.`,
    literal === undefined && explained === undefined && nearest === undefined ? inScope(scope) : undefined,
  ].filter((hint) => hint !== undefined);
  const problem = { severity: 'error', code: 'NAME_UNKNOWN', message, offset, length: name.length + 1 } as const;
  return hints.length === 0 ? problem : { ...problem, hint: hints.join(' ') };
}

function inScope(scope: NameScope): string {
  const names = scope.names();
  const shown = names.slice(0, 8).map((name) => `$${name}`);
  return `In scope: ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}.`;
}

/** A path after a name whose value never has fields. */
export function scalarPathProblem(text: string, offset: number, reference: Reference): TextProblem {
  const rest = text.slice(reference.nameEnd, reference.end);
  return {
    severity: 'error',
    code: 'PATH_ON_SCALAR',
    message: `$${reference.name} is a single value, so ${rest} after it leads nowhere.`,
    hint: `To put the text ${rest} behind the value, write \${${reference.name}}${rest}.`,
    offset,
    length: reference.end - offset,
  };
}

/** What is wrong with a path into a result whose shape is known. */
export function resultProblems(text: string, reference: Reference, scoped: ScopedName): readonly TextProblem[] {
  if (scoped.result === undefined || reference.steps.length === 0) return [];
  const { steps, stepEnds, nameEnd, end } = reference;
  const places = steps.map((step, index) => {
    const start = stepEnds[index - 1] ?? nameEnd;
    return { start: 'field' in step ? start + 1 : start, end: stepEnds[index] ?? end };
  });
  const problem = resultProblem(scoped.result, steps, places);
  if (problem?.code !== 'PATH_ON_SCALAR') return problem ? [problem] : [];
  const dot = problem.offset - 1;
  const [value, rest] = [text.slice(nameEnd - reference.name.length, dot), text.slice(dot, end)];
  return [{ ...problem, hint: `To put the text ${rest} behind the value, write \${${value}}${rest}.` }];
}

/** The problems of an inner text, placed in the text around it. */
export function shifted(problems: readonly TextProblem[], by: number): readonly TextProblem[] {
  return problems.map((problem) => Object.assign({}, problem, { offset: problem.offset + by }));
}

/** `$eval` has no binding here. @param offset where its `$` stands */
export function evalRefused(offset: number): TextProblem {
  return {
    severity: 'error',
    code: 'EXPRESSION_EVAL',
    message: '$eval is not available: data is never evaluated as an expression.',
    hint: 'Write the expression itself.',
    offset,
    length: 5,
  };
}
