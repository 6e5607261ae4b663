import type { Ledger } from '../../engine/ports.ts';
import type { CountOrigin, Counts } from '../../model/run-records.ts';
import { budgetStateOf } from '../../model/budgets.ts';
import type { BudgetSettlement, BudgetSpend, BudgetState } from '../../model/budgets.ts';
import { addCosts, dayOf, type Cost, type CostEntry } from '../../model/costs.ts';
import type { EpochMs } from '../../model/time.ts';

/** Budgets and costs that are forgotten with the process. */
export function createMemoryLedger(): Ledger {
  return new MemoryLedger();
}

/** Budgets that nobody asked for so long after their window are forgotten when a new one comes. */
const forgetBudgetsAfterMs = 86_400_000;

interface StoredBudget {
  readonly space: string;
  readonly key: string;
  max: number;
  perMs: number;
  longestMs: number;
  /** The latest time that was seen: it never goes back. */
  clock: EpochMs;
  uses: { readonly run: string; readonly attempt: string; at: EpochMs }[];
}

class MemoryLedger implements Ledger {
  readonly #budgets = new Map<string, StoredBudget>();
  readonly #costs = new Map<string, { readonly space: string; readonly entry: CostEntry }>();

  async count({ space, settled, costs, spend }: Counts, origin: CountOrigin): Promise<BudgetState | undefined> {
    for (const settlement of settled) this.#settle(settlement, origin.run);
    for (const cost of costs) this.#addCost(space, cost, origin);
    return spend && this.#spend(space, spend, origin.run);
  }

  budgets(space: string, now: EpochMs): readonly BudgetState[] {
    return [...this.#budgets.values()]
      .filter((budget) => budget.space === space)
      .map((budget) => stateOf(budget, Math.max(now, budget.clock)))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  costs(space: string, since = ''): readonly CostEntry[] {
    return [...this.#costs.values()]
      .filter((stored) => stored.space === space && stored.entry.day >= since)
      .map(({ entry }) => entry)
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  }

  #spend(space: string, spend: BudgetSpend, run: string): BudgetState | undefined {
    const { key, max, perMs, attempt, at, holdMs } = spend;
    const id = JSON.stringify([space, key]);
    if (!this.#budgets.has(id)) this.#forget(at - forgetBudgetsAfterMs);
    const budget = this.#budgets.get(id) ?? { space, key, max, perMs, longestMs: perMs, clock: at, uses: [] };
    this.#budgets.set(id, budget);
    budget.max = max;
    budget.perMs = perMs;
    budget.longestMs = Math.max(budget.longestMs, perMs);
    budget.clock = Math.max(budget.clock, at);
    budget.uses = budget.uses.filter((use) => use.at > budget.clock - budget.longestMs);
    const state = stateOf(budget, budget.clock);
    if (state.used >= max) return state;
    budget.uses.push({ run, attempt, at: budget.clock + holdMs });
    return undefined;
  }

  #forget(before: EpochMs): void {
    for (const [id, { clock, longestMs }] of this.#budgets) if (clock + longestMs < before) this.#budgets.delete(id);
  }

  #settle({ attempt, at, executed }: BudgetSettlement, run: string): void {
    for (const budget of this.#budgets.values()) {
      const index = budget.uses.findLastIndex((use) => use.run === run && use.attempt === attempt);
      const use = budget.uses[index];
      if (use === undefined) continue;
      if (executed) use.at = Math.min(use.at, Math.max(at, budget.clock));
      else budget.uses.splice(index, 1);
    }
  }

  #addCost(space: string, { server, tool, amount, at }: Cost, { run, workflow, isKept }: CountOrigin): void {
    const day = dayOf(at);
    const id = JSON.stringify([space, day, isKept ? run : '', server, tool]);
    const known = this.#costs.get(id)?.entry;
    const entry = {
      day,
      ...(isKept && { run }),
      workflow,
      server,
      tool,
      attempts: (known?.attempts ?? 0) + 1,
      amount: addCosts(known?.amount ?? 0, amount),
    };
    this.#costs.set(id, { space, entry });
  }
}

function stateOf(budget: StoredBudget, now: EpochMs): BudgetState {
  const times = budget.uses.map(({ at }) => at).filter((at) => at > now - budget.perMs);
  return budgetStateOf(
    budget,
    times.toSorted((a, b) => a - b),
  );
}

function orderOf({ day, run = '', server, tool }: CostEntry): string {
  return JSON.stringify([day, run, server, tool]);
}
