import type { BudgetState } from '../model/budgets.ts';
import { addCosts, type CostEntry } from '../model/costs.ts';
import type { App } from './app.ts';
import { spaceOf } from './namespaces.ts';

export const costGroupings = ['day', 'workflow', 'tool', 'run'] as const;
export type CostGrouping = (typeof costGroupings)[number];

export interface CostTotal {
  /** A day (UTC), a workflow, `server/tool`, or a run; calls outside a run are under `runner call`. */
  readonly name: string;
  /** Attempts that were counted. */
  readonly calls: number;
  readonly amount: number;
}

/** Budgets that were used lately, by key. */
export async function budgetStates(app: App): Promise<readonly BudgetState[]> {
  const { ledger } = await app.stores.records();
  return ledger.budgets(spaceOf(app.configuration), app.clock.now());
}

/**
 * What calls have cost, added up: days in order, everything else the dearest first.
 * @param query.since the first day wanted, such as `2026-01-31`
 */
export async function costTotals(
  app: App,
  query: { readonly by: CostGrouping; readonly since?: string },
): Promise<readonly CostTotal[]> {
  const { ledger } = await app.stores.records();
  const totals = new Map<string, CostTotal>();
  for (const entry of ledger.costs(spaceOf(app.configuration), query.since)) {
    const name = nameOf(entry, query.by);
    const { calls, amount } = totals.get(name) ?? { calls: 0, amount: 0 };
    totals.set(name, { name, calls: calls + entry.attempts, amount: addCosts(amount, entry.amount) });
  }
  const list = [...totals.values()];
  return query.by === 'day' ? list : list.toSorted((a, b) => b.amount - a.amount);
}

function nameOf({ day, run, workflow, server, tool }: CostEntry, by: CostGrouping): string {
  if (by === 'day') return day;
  if (by === 'tool') return `${server}/${tool}`;
  if (run === undefined) return 'runner call';
  return by === 'run' ? run : workflow;
}
