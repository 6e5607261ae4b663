import type { CountOrigin, Counts } from '../../model/run-records.ts';
import { budgetStateOf } from '../../model/budgets.ts';
import type { BudgetSettlement, BudgetSpend, BudgetState } from '../../model/budgets.ts';
import { addCosts, dayOf, type Cost, type CostEntry } from '../../model/costs.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Connection } from './native.ts';

export const ledgerTables = `
-- A budget as it was last asked; \`clock\` is the latest time that was seen with it, which never goes back.
CREATE TABLE budgets (
  n INTEGER PRIMARY KEY,
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  max INTEGER NOT NULL,
  per_ms INTEGER NOT NULL,
  longest_ms INTEGER NOT NULL,
  clock INTEGER NOT NULL,
  UNIQUE (space, key)
) STRICT;

-- One row for each attempt that may have been executed.
CREATE TABLE budget_uses (
  n INTEGER PRIMARY KEY,
  budget INTEGER NOT NULL REFERENCES budgets (n) ON DELETE CASCADE,
  run TEXT NOT NULL,
  attempt TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX budget_uses_by_time ON budget_uses (budget, at);
CREATE INDEX budget_uses_by_attempt ON budget_uses (run, attempt);

CREATE TABLE costs (
  space TEXT NOT NULL,
  day TEXT NOT NULL,
  run TEXT NOT NULL,
  workflow TEXT NOT NULL,
  server TEXT NOT NULL,
  tool TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  amount REAL NOT NULL,
  PRIMARY KEY (space, day, run, server, tool)
) STRICT, WITHOUT ROWID;
`;

/** Budgets that nobody asked for so long after their window are forgotten when a new one comes. */
const forgetBudgetsAfterMs = 86_400_000;

/** Budgets and costs in the journal's file. `record` is called inside a transaction. */
export interface LedgerFile {
  record(counts: Counts, origin: CountOrigin): BudgetState | undefined;
  budgets(space: string, now: EpochMs): readonly BudgetState[];
  costs(space: string, since: string): readonly CostEntry[];
}

export function openLedger(connection: Connection): LedgerFile {
  return new SqliteLedger(connection);
}

class SqliteLedger implements LedgerFile {
  readonly #sql: ReturnType<typeof prepareLedger>;

  constructor(connection: Connection) {
    this.#sql = prepareLedger(connection);
  }

  record({ space, settled, costs, spend }: Counts, origin: CountOrigin): BudgetState | undefined {
    for (const settlement of settled) this.#settle(settlement, origin.run);
    for (const cost of costs) this.#addCost(space, cost, origin);
    return spend && this.#spend(space, spend, origin.run);
  }

  budgets(space: string, now: EpochMs): readonly BudgetState[] {
    return this.#sql.budgets.all(space).map((row) => this.#stateOf(row, Math.max(Math.trunc(now), row.clock)));
  }

  costs(space: string, since: string): readonly CostEntry[] {
    return this.#sql.costs.all(space, since).map(toEntry);
  }

  #spend(space: string, { key, max, perMs, attempt, at, holdMs }: BudgetSpend, run: string): BudgetState | undefined {
    const sql = this.#sql;
    const now = Math.trunc(at);
    if (sql.budget.get(space, key) === undefined) sql.forgetBudgets.run(now - forgetBudgetsAfterMs);
    const budget = sql.saveBudget.get({ space, key, max, per_ms: Math.trunc(perMs), now });
    if (budget === undefined) throw new TypeError('A budget was stored without a row.');
    sql.trimUses.run(budget.n, budget.clock - budget.longest_ms);
    const state = this.#stateOf(budget, budget.clock);
    if (state.used >= max) return state;
    sql.addUse.run(budget.n, run, attempt, budget.clock + Math.trunc(holdMs));
    return undefined;
  }

  #stateOf({ n, key, max, per_ms: perMs }: BudgetRow, now: EpochMs): BudgetState {
    return budgetStateOf({ key, max, perMs }, this.#sql.usesSince.all(n, now - perMs));
  }

  /** The newest of its rows: an attempt that was interrupted and made again has one for each time. */
  #settle({ attempt, at, executed }: BudgetSettlement, run: string): void {
    if (executed) this.#sql.settleUse.run({ run, attempt, at: Math.trunc(at) });
    else this.#sql.giveBack.run(run, attempt);
  }

  #addCost(space: string, { server, tool, amount, at }: Cost, { run, workflow, isKept }: CountOrigin): void {
    const place = [space, dayOf(at), isKept ? run : '', server, tool] as const;
    const known = this.#sql.cost.get(...place);
    this.#sql.saveCost.run(...place, workflow, (known?.attempts ?? 0) + 1, addCosts(known?.amount ?? 0, amount));
  }
}

interface BudgetRow {
  readonly n: number;
  readonly key: string;
  readonly max: number;
  readonly per_ms: number;
  readonly longest_ms: number;
  readonly clock: number;
}

type CostRow = Omit<CostEntry, 'run'> & { readonly run: string };
function toEntry({ run, day, workflow, server, tool, attempts, amount }: CostRow): CostEntry {
  return { day, ...(run !== '' && { run }), workflow, server, tool, attempts, amount };
}

type CostPlace = [space: string, day: string, run: string, server: string, tool: string];

function prepareLedger(db: Connection) {
  return {
    ...prepareBudgets(db),
    cost: db.prepare<CostPlace, { attempts: number; amount: number }>(
      'SELECT attempts, amount FROM costs WHERE space = ? AND day = ? AND run = ? AND server = ? AND tool = ?',
    ),
    saveCost: db.prepare<[...CostPlace, workflow: string, attempts: number, amount: number]>(
      `INSERT INTO costs (space, day, run, server, tool, workflow, attempts, amount) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET attempts = excluded.attempts, amount = excluded.amount`,
    ),
    costs: db.prepare<[string, string], CostRow>(
      `SELECT day, run, workflow, server, tool, attempts, amount FROM costs
       WHERE space = ? AND day >= ? ORDER BY day, run, server, tool`,
    ),
  };
}

function prepareBudgets(db: Connection) {
  return {
    budget: db.prepare<[string, string], number>('SELECT n FROM budgets WHERE space = ? AND key = ?').pluck(),
    budgets: db.prepare<[string], BudgetRow>('SELECT * FROM budgets WHERE space = ? ORDER BY key'),
    saveBudget: db.prepare<[{ space: string; key: string; max: number; per_ms: number; now: number }], BudgetRow>(
      `INSERT INTO budgets (space, key, max, per_ms, longest_ms, clock)
       VALUES (@space, @key, @max, @per_ms, @per_ms, @now)
       ON CONFLICT (space, key) DO UPDATE SET max = excluded.max, per_ms = excluded.per_ms,
         longest_ms = max(longest_ms, excluded.per_ms), clock = max(clock, excluded.clock)
       RETURNING *`,
    ),
    forgetBudgets: db.prepare<[number]>('DELETE FROM budgets WHERE clock + longest_ms < ?'),
    usesSince: db
      .prepare<[number, number], number>('SELECT at FROM budget_uses WHERE budget = ? AND at > ? ORDER BY at')
      .pluck(),
    addUse: db.prepare<[number, string, string, number]>(
      'INSERT INTO budget_uses (budget, run, attempt, at) VALUES (?, ?, ?, ?)',
    ),
    trimUses: db.prepare<[number, number]>('DELETE FROM budget_uses WHERE budget = ? AND at <= ?'),
    settleUse: db.prepare<[{ run: string; attempt: string; at: number }]>(
      `UPDATE budget_uses SET at = min(at, max(@at, (SELECT clock FROM budgets WHERE budgets.n = budget)))
       WHERE n = (SELECT max(n) FROM budget_uses WHERE run = @run AND attempt = @attempt)`,
    ),
    giveBack: db.prepare<[string, string]>(
      'DELETE FROM budget_uses WHERE n = (SELECT max(n) FROM budget_uses WHERE run = ? AND attempt = ?)',
    ),
  };
}
