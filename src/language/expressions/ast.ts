/** The parts of JSONata's syntax tree that are looked at here. Only `jsonata.ts` obtains one. */
export interface AstNode {
  readonly type: string;
  readonly value?: unknown;
  /** Offset after the node's last own character. */
  readonly position?: number;
  readonly steps?: readonly AstNode[];
  readonly predicate?: readonly AstNode[];
  readonly stages?: readonly AstNode[];
  readonly expr?: AstNode;
  readonly lhs?: AstNode | readonly (readonly [AstNode, AstNode])[];
  readonly rhs?: AstNode;
  readonly expression?: AstNode;
  readonly expressions?: readonly AstNode[];
  readonly arguments?: readonly AstNode[];
  readonly procedure?: AstNode;
  readonly body?: AstNode;
  readonly condition?: AstNode;
  readonly then?: AstNode;
  readonly else?: AstNode;
  readonly pattern?: AstNode;
  readonly update?: AstNode;
  readonly delete?: AstNode;
  readonly terms?: readonly { readonly expression: AstNode }[];
  readonly group?: { readonly lhs: readonly (readonly [AstNode, AstNode])[] };
  /** Names that `@$name` and `#$name` bind. */
  readonly focus?: string;
  readonly index?: string;
  readonly keepSingletonArray?: boolean;
  readonly keepArray?: boolean;
}

/** What a node holds, apart from its filters, in the order of evaluation. */
export function childrenOf(node: AstNode): readonly AstNode[] {
  const pairs = [...(isPairs(node.lhs) ? node.lhs : []), ...(node.group?.lhs ?? [])].flat();
  const single = [
    node.expr,
    isPairs(node.lhs) ? undefined : node.lhs,
    node.rhs,
    node.expression,
    node.procedure,
    node.condition,
    node.then,
    node.else,
    node.body,
    node.pattern,
    node.update,
    node.delete,
  ].filter((child) => child !== undefined);
  const several = [...(node.steps ?? []), ...(node.expressions ?? []), ...(node.arguments ?? [])];
  const terms = (node.terms ?? []).map((term) => term.expression);
  return [...single, ...several, ...terms, ...pairs];
}

/** The conditions in square brackets after a node. */
export function filtersOf(node: AstNode): readonly AstNode[] {
  return [...(node.predicate ?? []), ...(node.stages ?? [])].flatMap((stage) => stage.expr ?? []);
}

export function isPairs(lhs: AstNode['lhs']): lhs is readonly (readonly [AstNode, AstNode])[] {
  return Array.isArray(lhs);
}

/**
 * True for the node that `??` and `?:` leave behind: a condition that tests its own result. Both copies of the left
 * side stand at the same place of the text, which no two operands that were written twice do.
 */
export function isDefaulting(node: AstNode): boolean {
  if (node.type !== 'condition' || node.then === undefined) return false;
  const tested = node.condition?.type === 'function' ? (node.condition.arguments ?? [])[0] : undefined;
  const place = firstPosition(node.then);
  if (place === undefined) return false;
  const isCoalescing = isExistsCall(node.condition) && tested !== undefined && firstPosition(tested) === place;
  return isCoalescing || (node.condition !== undefined && firstPosition(node.condition) === place);
}

export function isExistsCall(node: AstNode | undefined): boolean {
  return node?.type === 'function' && node.procedure?.type === 'variable' && node.procedure.value === 'exists';
}

/** A position that belongs to this node's text alone. */
function firstPosition(node: AstNode): number | undefined {
  if (node.position !== undefined) return node.position;
  for (const child of childrenOf(node)) {
    const found = firstPosition(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The operand's own text where it is a plain path; undefined for anything longer. */
export function plainText(node: AstNode): string | undefined {
  if (filtersOf(node).length > 0) return plainWithIndexes(node);
  if (node.type === 'variable' && typeof node.value === 'string') return `$${node.value}`;
  if (node.type === 'name' && typeof node.value === 'string') return node.value;
  if (node.type !== 'path') return undefined;
  const texts = (node.steps ?? []).map(plainText);
  return texts.includes(undefined) ? undefined : texts.join('.');
}

function plainWithIndexes(node: AstNode): string | undefined {
  const indexes = filtersOf(node).map((filter) => (filter.type === 'number' ? `[${String(filter.value)}]` : undefined));
  if (indexes.includes(undefined) || typeof node.value !== 'string') return undefined;
  return `${node.type === 'variable' ? '$' : ''}${node.value}${indexes.join('')}`;
}
