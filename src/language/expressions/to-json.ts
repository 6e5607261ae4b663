import type { Json } from '../../model/json.ts';
import { EvaluationError } from './scope.ts';

const maxDepth = 200;
const maxNodes = 500_000;

/**
 * A copy of a result as plain JSON, so that nothing it shares with its inputs can change later. Members without a value
 * are left out, as JSON does.
 * @throws EvaluationError `expression` for functions and numbers that JSON cannot carry, `limit` for a huge result
 */
export function toJson(value: unknown): Json | undefined {
  return copy(value, { nodes: 0 }, 0);
}

function copy(value: unknown, budget: { nodes: number }, depth: number): Json | undefined {
  budget.nodes++;
  if (depth > maxDepth) throw new EvaluationError('limit', `the result is nested deeper than ${maxDepth} levels`);
  if (budget.nodes > maxNodes) throw new EvaluationError('limit', `the result has more than ${maxNodes} values`);
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return finite(value);
  if (typeof value !== 'object' || isFunctionValue(value)) {
    throw new EvaluationError('expression', 'the result is a function', 'Call the function, or leave it out.');
  }
  if (Array.isArray(value)) return value.map((item) => copy(item, budget, depth + 1) ?? null);
  return copyMembers(value, budget, depth);
}

function copyMembers(value: object, budget: { nodes: number }, depth: number): Json {
  const members: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const copied = copy(member, budget, depth + 1);
    if (copied === undefined) continue;
    // Assignment to this one key would change the prototype instead of adding a member.
    if (key === '__proto__') Object.defineProperty(members, key, { value: copied, enumerable: true });
    else members[key] = copied;
  }
  return members;
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new EvaluationError('expression', `the result ${value} is not a number that JSON can carry`);
}

function isFunctionValue(value: object): boolean {
  return (
    ('_jsonata_lambda' in value && typeof (value as { apply?: unknown }).apply === 'function') ||
    '_jsonata_function' in value
  );
}
