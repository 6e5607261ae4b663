import type { Slot } from '../../model/values.ts';
import { childrenOf, filtersOf, isDefaulting, isExistsCall, isPairs } from './ast.ts';
import type { AstNode } from './ast.ts';
import { builtinNames } from './builtin-names.ts';
import { parseExpression } from './jsonata.ts';
import { evalRefused, unknownName } from './names.ts';
import { plainSteps, problemsOfReads } from './result-reads.ts';
import type { ResultRead } from './result-reads.ts';
import type { Classified, NameScope, TextProblem } from './scope.ts';

export type ExpressionCheck = typeof checkExpression;

/** Parses JSONata and checks its names. Problems have their place in `text`. */
export function checkExpression(text: string, scope: NameScope, options: { until?: boolean }): Classified {
  const parsed = parseExpression(text);
  if (!parsed.ok) return { problems: [parsed.problem] };
  const walk: Walk = { text, scope, variables: {}, problems: [], reads: [], guarded: false };
  visit(parsed.ast, walk, { names: new Set(), outer: undefined }, true);
  const { variables } = walk;
  const problems = [...walk.problems, ...problemsOfReads(walk.reads)];
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  const value = { kind: 'expression', text: text.trim(), variables } as const;
  return { value: options.until === true ? { ...value, undefinedMeansNotYet: true } : value, problems };
}

interface Walk {
  readonly text: string;
  readonly scope: NameScope;
  readonly variables: Record<string, Slot>;
  readonly problems: TextProblem[];
  readonly reads: ResultRead[];
  /** True where the expression asks whether there is something. */
  readonly guarded: boolean;
}

/** Names that the expression itself binds: lambda parameters, `:=`, `@$name`, `#$name`. */
interface Frame {
  readonly names: Set<string>;
  readonly outer: Frame | undefined;
}

/** @param atTop true where the context item would be the undefined top, so that a bare name means nothing */
function visit(node: AstNode, outer: Walk, frame: Frame, atTop: boolean): void {
  const walk = isExistsCall(node) ? { ...outer, guarded: true } : outer;
  switch (node.type) {
    case 'path':
      visitPath(node, walk, frame, atTop);
      break;
    case 'lambda':
      visitAll(childrenOf(node), walk, innerFrame(frame, parametersOf(node)), atTop);
      break;
    case 'block':
      visitAll(childrenOf(node), walk, innerFrame(frame), atTop);
      break;
    case 'bind':
      visitBinding(node, walk, frame, atTop);
      break;
    case 'transform':
      visitAll(childrenOf(node), walk, frame, false);
      break;
    case 'regex':
      checkRegex(node, walk);
      break;
    case 'condition':
      visitCondition(node, walk, frame, atTop);
      break;
    default:
      checkName(node, walk, frame, atTop);
      visitAll(ownChildren(node), walk, frame, atTop);
  }
  visitContexts(node, walk, frame);
}

function visitAll(nodes: readonly AstNode[], walk: Walk, frame: Frame, atTop: boolean): void {
  for (const node of nodes) visit(node, walk, frame, atTop);
}

/** Filters and groupings see the items of the node they stand behind. */
function visitContexts(node: AstNode, walk: Walk, frame: Frame): void {
  visitAll(filtersOf(node), walk, frame, false);
  for (const pair of node.group?.lhs ?? []) visitAll(pair, walk, frame, false);
}

function visitPath(node: AstNode, walk: Walk, frame: Frame, atTop: boolean): void {
  noteRead(node, walk, frame);
  const inner = innerFrame(frame);
  for (const [index, step] of (node.steps ?? []).entries()) {
    if (step.focus !== undefined) inner.names.add(step.focus);
    if (step.index !== undefined) inner.names.add(step.index);
    for (const stage of step.stages ?? []) if (typeof stage.value === 'string') inner.names.add(stage.value);
    visit(step, walk, inner, atTop && index === 0);
  }
}

function visitCondition(node: AstNode, walk: Walk, frame: Frame, atTop: boolean): void {
  const asking = isDefaulting(node) ? { ...walk, guarded: true } : walk;
  for (const child of ownChildren(node)) visit(child, child === node.else ? walk : asking, frame, atTop);
}

function visitBinding(node: AstNode, walk: Walk, frame: Frame, atTop: boolean): void {
  const name = isPairs(node.lhs) ? undefined : node.lhs?.value;
  // Only a function may name itself: `$x := $x + 1` reads the outer $x.
  if (typeof name === 'string' && node.rhs?.type === 'lambda') frame.names.add(name);
  if (node.rhs !== undefined) visit(node.rhs, walk, frame, atTop);
  if (typeof name === 'string') frame.names.add(name);
}

function noteRead(path: AstNode, { text, scope, reads, guarded }: Walk, frame: Frame): void {
  const [start] = path.steps ?? [];
  const name = start?.type === 'variable' ? String(start.value) : '';
  const result = isBound(frame, name) || builtinNames.has(name) ? undefined : scope.lookup(name)?.result;
  if (result !== undefined) reads.push({ name, result, guarded, ...plainSteps(path, text) });
}

function checkName(node: AstNode, walk: Walk, frame: Frame, atTop: boolean): void {
  if (node.type === 'variable') checkVariable(node, walk, frame, atTop);
  if (!atTop) return;
  if (node.type === 'name' || node.type === 'wildcard' || node.type === 'descendant')
    walk.problems.push(bareName(node, walk));
}

function checkVariable(node: AstNode, walk: Walk, frame: Frame, atTop: boolean): void {
  const name = String(node.value);
  if (name === '$' || (name === '' && atTop)) walk.problems.push(noContext(node, name));
  if (name === '$' || name === '' || isBound(frame, name)) return;
  const offset = startOf(node, name.length + 1);
  if (name === 'eval') walk.problems.push(evalRefused(offset));
  if (builtinNames.has(name)) return;
  const scoped = walk.scope.lookup(name);
  if (scoped === undefined) walk.problems.push(unknownName(name, offset, walk.scope));
  else walk.variables[name] = scoped.slot;
}

function isBound(frame: Frame | undefined, name: string): boolean {
  if (frame === undefined) return false;
  return frame.names.has(name) || isBound(frame.outer, name);
}

function innerFrame(outer: Frame, names: readonly string[] = []): Frame {
  return { names: new Set(names), outer };
}

function parametersOf(lambda: AstNode): readonly string[] {
  return (lambda.arguments ?? []).map((parameter) => String(parameter.value));
}

function ownChildren(node: AstNode): readonly AstNode[] {
  return node.group === undefined ? childrenOf(node) : childrenOf({ ...node, group: { lhs: [] } });
}

function startOf(node: AstNode, length: number): number {
  return Math.max(0, (node.position ?? length) - length);
}

function bareName(node: AstNode, walk: Walk): TextProblem {
  const name = String(node.value);
  const isQuoted = walk.text[(node.position ?? 0) - 1] === '`';
  const length = name.length + (isQuoted ? 2 : 0);
  const isFunction = builtinNames.has(name) && walk.text[node.position ?? 0] === '(';
  const known = isFunction || walk.scope.lookup(name) !== undefined;
  return {
    severity: 'error',
    code: 'EXPRESSION_BARE_NAME',
    message: `${name} stands at the top of an expression, where it has nothing to be a field of.`,
    hint: known || /^\w+$/.test(name) ? `Write $${name}, or "${name}" for text.` : 'Begin with a $name.',
    offset: startOf(node, length),
    length,
  };
}

function noContext(node: AstNode, name: string): TextProblem {
  return {
    severity: 'error',
    code: 'EXPRESSION_BARE_NAME',
    message: `$${name} has no value here: an expression of a workflow has no input document.`,
    hint: 'Begin with the name of an input or step, such as $inputs.',
    offset: startOf(node, name.length + 1),
    length: name.length + 1,
  };
}

const unsupportedRegex = /\(\?<?[=!]|\\[1-9]|\\k</;

function checkRegex(node: AstNode, walk: Walk): void {
  const isRegex = node.value instanceof RegExp;
  const unsupported = isRegex ? unsupportedRegex.test(node.value.source) : true;
  if (!unsupported) return;
  const length = isRegex ? node.value.source.length + 2 : 1;
  walk.problems.push({
    severity: 'error',
    code: 'EXPRESSION_REGEX',
    message: isRegex
      ? 'Look-around and back-references are not available: a regular expression runs in time linear to its text.'
      : 'A regular expression cannot stand left of ?? or ?:.',
    hint: isRegex
      ? 'Match more and cut afterwards, with capture groups.'
      : 'Bind the result first: ($m := $match(…); $m ?? …).',
    offset: startOf(node, length),
    length,
  });
}
