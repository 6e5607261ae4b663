import { costTotals } from '../../../app/ledger.ts';
import type { CostGrouping, CostTotal } from '../../../app/ledger.ts';
import { addCosts, dayOf, formatCost } from '../../../model/costs.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

export interface CostsFlags {
  readonly by: CostGrouping;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly json?: boolean;
}

/** `runner costs` */
export function costs(context: CliContext, { by, since, json }: CostsFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const totals = await costTotals(app, { by, ...(since === undefined ? {} : { since: dayOf(since) }) });
    const amount = totals.reduce((sum, each) => addCosts(sum, each.amount), 0);
    if (json) terminal.json({ by, total: amount, costs: totals });
    else if (totals.length === 0) terminal.note('No call with a cost is on record.');
    else printTable(terminal, by, [...totals, { name: 'total', calls: callsOf(totals), amount }]);
    return exitCodes.success;
  });
}

function callsOf(totals: readonly CostTotal[]): number {
  return totals.reduce((sum, { calls }) => sum + calls, 0);
}

function printTable(terminal: Terminal, by: CostGrouping, totals: readonly CostTotal[]): void {
  const columns = [
    { title: by.toUpperCase(), flexible: true },
    { title: 'CALLS', align: 'right' },
    { title: 'COST', align: 'right' },
  ] as const;
  const rows = totals.map(({ name, calls, amount }) => [printableLine(name), String(calls), formatCost(amount)]);
  const [header = '', ...lines] = tableLines(columns, rows, terminal.tableColumns());
  terminal.print(terminal.style.dim(header));
  for (const line of lines) terminal.print(line);
}
