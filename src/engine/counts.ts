import type { Decision } from './core/operations.ts';
import type { Counts } from '../model/run-records.ts';

/** What is counted over all runs with a decision's events; undefined where there is nothing. */
export function countsOf({ settled, costs, operation, events }: Decision, space: string): Counts | undefined {
  const intent = events.at(-1);
  if (operation?.kind !== 'attempt' || !operation.budget || intent?.type !== 'attempt.intended') {
    return settled.length + costs.length === 0 ? undefined : { space, settled, costs };
  }
  const { key: attempt, budget, timeoutMs: holdMs } = operation;
  return { space, settled, costs, spend: { ...budget, attempt, at: intent.at, holdMs } };
}

/** True where the journal may refuse the intent that ends a decision. */
export function isBudgeted({ operation }: Decision): boolean {
  return operation?.kind === 'attempt' && operation.budget !== undefined;
}
