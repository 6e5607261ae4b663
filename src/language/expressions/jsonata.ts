import jsonata from 'jsonata';
import type { Json } from '../../model/json.ts';
import type { ExpressionValue } from '../../model/values.ts';
import { childrenOf, filtersOf } from './ast.ts';
import type { AstNode } from './ast.ts';
import { bindBuiltins, evaluationBinding } from './builtins.ts';
import type { Evaluation } from './builtins.ts';
import { asEvaluationError, UndefinedOperand } from './evaluation-faults.ts';
import { EvaluationError } from './scope.ts';
import type { EvaluationScope, TextProblem } from './scope.ts';
import { strictOperands } from './strict.ts';
import { toJson } from './to-json.ts';
import { isTooHeavy } from './weight.ts';

export type Parsed =
  { readonly ok: true; readonly ast: AstNode } | { readonly ok: false; readonly problem: TextProblem };

const timeoutMs = 250;
const maxTextLength = 20_000;
const maxStringLength = 5_000_000;
/** Of the syntax tree; JSONata's own guard ends an evaluation that goes half as deep. */
const maxDepth = 400;
const maxCompiled = 1_000;

interface Compiled {
  readonly expression: jsonata.Expression;
  readonly options: jsonata.JsonataOptions;
  readonly ast: AstNode;
  readonly usesRegex: boolean;
  /** True when the text ends in `[]`. */
  readonly list: boolean;
  /** `[]` makes JSONata mark the arrays that it is given. */
  readonly marksInputs: boolean;
  readonly builtins: readonly string[];
  prepared: Promise<void> | undefined;
}

const cache = new Map<string, Compiled>();

/** Parses JSONata; the place of a syntax error counts from the start of `text`. */
export function parseExpression(text: string): Parsed {
  try {
    return { ok: true, ast: compile(text).ast };
  } catch (cause) {
    return { ok: false, problem: syntaxProblem(text, cause) };
  }
}

/**
 * The value of an expression as plain JSON, a copy that shares nothing with its inputs; undefined where it has none.
 * @throws EvaluationError without the field's path; the caller knows it
 */
export async function evaluateExpression(value: ExpressionValue, scope: EvaluationScope): Promise<Json | undefined> {
  try {
    const compiled = compile(value.text);
    await (compiled.prepared ??= prepare(compiled));
    const result: unknown = await compiled.expression.evaluate(undefined, bindingsOf(value, compiled, scope));
    const json = toJson(result);
    if (!compiled.list) return json;
    return json === undefined ? [] : asList(json);
  } catch (cause) {
    throw asEvaluationError(cause, value.text);
  }
}

function asList(json: Json): Json {
  return Array.isArray(json) ? json : [json];
}

function bindingsOf(value: ExpressionValue, compiled: Compiled, scope: EvaluationScope): Record<string, unknown> {
  const evaluation: Evaluation = { scope, deadline: Date.now() + timeoutMs };
  const bindings: Record<string, unknown> = { [evaluationBinding]: evaluation };
  for (const [name, slot] of Object.entries(value.variables)) {
    const read = scope.read(slot);
    bindings[name] = compiled.marksInputs ? toJson(read) : read;
  }
  return bindings;
}

function compile(text: string): Compiled {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (text.length > maxTextLength)
    throw new EvaluationError('limit', `The expression is longer than ${maxTextLength} characters.`);
  if (isTooHeavy(text)) throw new EvaluationError('limit', 'The expression nests ?? or ?: too deeply.');
  const options: jsonata.JsonataOptions = { timeout: timeoutMs, stack: 200, sequence: 100_000 };
  const expression = jsonata(text, options);
  const ast = expression.ast() as AstNode;
  const compiled = { expression, options, ast, ...traitsOf(ast), prepared: undefined };
  watchResults(expression, ast);
  if (cache.size >= maxCompiled) cache.delete(cache.keys().next().value ?? '');
  cache.set(text, compiled);
  return compiled;
}

/** What the first evaluation needs beyond the parser. */
async function prepare(compiled: Compiled): Promise<void> {
  await bindBuiltins(compiled.expression, compiled.builtins);
  if (!compiled.usesRegex) return;
  const { LinearRegExp } = await import('./linear-regex.ts');
  // JSONata constructs the engine from a RegExp and uses `exec` and `lastIndex` alone, which LinearRegExp has.
  compiled.options.RegexEngine = LinearRegExp as unknown as RegExpConstructor;
}

/** Every node's result passes here: undefined operands and endless strings end the evaluation. */
function watchResults(expression: jsonata.Expression, ast: AstNode): void {
  const strict = strictOperands(ast);
  const assignable: { assign(name: string | symbol, value: unknown): void } = expression;
  assignable.assign(
    Symbol.for('jsonata.__evaluate_exit'),
    (node: AstNode, _input: unknown, _frame: unknown, result: unknown) => {
      if (typeof result === 'string' && result.length > maxStringLength) {
        throw new EvaluationError('limit', `a text grows beyond ${maxStringLength} characters`);
      }
      if (result !== undefined && !isEmptySequence(result)) return;
      const operand = strict.get(node);
      if (operand !== undefined) throw new UndefinedOperand(node, operand);
    },
  );
}

function isEmptySequence(result: unknown): boolean {
  return Array.isArray(result) && result.length === 0 && 'sequence' in result;
}

function traitsOf(ast: AstNode): Pick<Compiled, 'usesRegex' | 'list' | 'marksInputs' | 'builtins'> {
  let usesRegex = false;
  let marksInputs = false;
  const names = new Set<string>();
  const pending: { readonly node: AstNode; readonly depth: number }[] = [{ node: ast, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    if (depth > maxDepth) throw new EvaluationError('limit', 'The expression is nested too deeply.');
    if (node.type === 'regex') usesRegex = true;
    if (node.keepSingletonArray === true || node.keepArray === true) marksInputs = true;
    if (node.type === 'variable' && typeof node.value === 'string') names.add(node.value);
    for (const child of [...childrenOf(node), ...filtersOf(node)]) pending.push({ node: child, depth: depth + 1 });
  }
  const list = ast.keepSingletonArray === true || ast.keepArray === true;
  return { usesRegex, marksInputs, list, builtins: [...names] };
}

function syntaxProblem(text: string, cause: unknown): TextProblem {
  const isTooLong = cause instanceof EvaluationError || cause instanceof RangeError;
  const error = (typeof cause === 'object' && cause !== null ? cause : {}) as Partial<jsonata.JsonataError>;
  const token = typeof error.token === 'string' && error.token !== '(end)' ? error.token : '';
  const end = Math.min(error.position ?? 0, text.length);
  const offset = Math.max(0, end - Math.max(1, token.length));
  const message =
    cause instanceof RangeError ? 'The expression is nested too deeply.' : (error.message ?? 'It does not parse.');
  return {
    severity: 'error',
    code: isTooLong ? 'EXPRESSION_TOO_COMPLEX' : 'EXPRESSION_SYNTAX',
    message: isTooLong ? message : `This is not valid JSONata: ${message.replace(/[.]?$/u, '.')}`,
    hint: isTooLong ? 'Split it: compute parts of it in a "set" step.' : 'See https://docs.jsonata.org for the syntax.',
    offset: isTooLong ? 0 : offset,
    length: isTooLong ? Math.max(1, text.length) : Math.max(1, end - offset),
  };
}
