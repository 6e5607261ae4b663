import { plainText } from './ast.ts';
import type { AstNode } from './ast.ts';
import { EvaluationError } from './scope.ts';
import type { StrictOperand } from './strict.ts';

/** Ends an evaluation at an operand that has no value. */
export class UndefinedOperand extends Error {
  constructor(node: AstNode, operand: StrictOperand) {
    super(`${plainText(node) ?? `the ${operand.side} side of "${operand.operator}"`} is undefined`);
    this.name = 'UndefinedOperand';
  }
}

const limitCodes = new Set(['D1011', 'D1012', 'D2014', 'D2015']);
const limitMessages: Readonly<Record<string, string>> = {
  D1011: 'it calls itself too deeply',
  D1012: 'it took longer than 250 ms',
  D2014: 'a list grows beyond 100,000 items',
  D2015: 'a list grows beyond 100,000 items',
};

/** What JSONata threw (plain objects, mostly), as an error that names the cause and the expression. */
export function asEvaluationError(cause: unknown, text: string): EvaluationError {
  if (cause instanceof EvaluationError)
    return new EvaluationError(cause.kind, `${cause.message}${within(text)}`, cause.hint);
  if (cause instanceof UndefinedOperand) return new EvaluationError('undefined_reference', cause.message, defaultHint);
  if (cause instanceof RangeError)
    return new EvaluationError('limit', `it uses too much memory or nests too deeply${within(text)}`);
  const { code, message } = (typeof cause === 'object' && cause !== null ? cause : {}) as {
    code?: unknown;
    message?: unknown;
  };
  if (typeof code === 'string' && limitCodes.has(code)) {
    return new EvaluationError('limit', `${limitMessages[code]}${within(text)}`);
  }
  const reason = typeof message === 'string' && message !== '' ? message : 'it cannot be evaluated';
  return new EvaluationError('expression', `${reason}${within(text)}`);
}

const defaultHint = 'Give a default with ??, or test for it with $exists().';

function within(text: string): string {
  const short = text.trim().replaceAll(/\s+/g, ' ');
  return ` (in ${short.length > 120 ? `${short.slice(0, 119)}…` : short})`;
}
