import { childrenOf, filtersOf, isDefaulting, isExistsCall } from './ast.ts';
import type { AstNode } from './ast.ts';

const strictOperators = new Set(['=', '!=', '<', '<=', '>', '>=', 'in', '&', '+', '-', '*', '/', '%']);

/** An operand that must have a value, with the operator that asks for it. */
export interface StrictOperand {
  readonly operator: string;
  readonly side: 'left' | 'right';
}

/**
 * The operands that must not be undefined: those of comparisons, arithmetic and `&`, except in filters, inside
 * `$exists()` and left of `??` and `?:`, where a missing value is what the author asks about.
 */
export function strictOperands(ast: AstNode): ReadonlyMap<AstNode, StrictOperand> {
  const operands = new Map<AstNode, StrictOperand>();
  collect(ast, operands);
  return operands;
}

function collect(node: AstNode, operands: Map<AstNode, StrictOperand>): void {
  if (isExistsCall(node)) return;
  if (isDefaulting(node)) {
    if (node.else !== undefined) collect(node.else, operands);
    return;
  }
  const operator = node.type === 'binary' && typeof node.value === 'string' ? node.value : '';
  if (strictOperators.has(operator)) {
    for (const side of ['left', 'right'] as const) {
      const operand = side === 'left' ? node.lhs : node.rhs;
      if (operand !== undefined && 'type' in operand) operands.set(operand, { operator, side });
    }
  }
  const filters = new Set(filtersOf(node));
  for (const child of childrenOf(node)) if (!filters.has(child)) collect(child, operands);
}
