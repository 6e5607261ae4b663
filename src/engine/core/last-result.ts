import type { Json } from '../../model/json.ts';
import { bearsResult, declaredKey, type Step } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';

/** The result of the last step of a list that has one. */
export function lastResult(context: RunContext, steps: readonly Step[]): Json {
  const last = steps.findLast((step) => bearsResult(step) && context.resultOf(declaredKey(step)) !== undefined);
  return (last && context.resultOf(declaredKey(last))) ?? null;
}
