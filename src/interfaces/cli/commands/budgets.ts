import { budgetStates } from '../../../app/ledger.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import { withApp } from '../with-app.ts';

/** `runner budgets` */
export function budgets(context: CliContext, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const list = await budgetStates(app);
    if (flags.json) terminal.json({ budgets: list.map(describe) });
    else if (list.length === 0) terminal.note('No budget was used lately.');
    else {
      const [header = '', ...lines] = tableLines(columns, list.map(row), terminal.tableColumns());
      terminal.print(terminal.style.dim(header));
      for (const line of lines) terminal.print(line);
    }
    return exitCodes.success;
  });
}

type Budget = Awaited<ReturnType<typeof budgetStates>>[number];

const columns = [
  { title: 'BUDGET', flexible: true },
  { title: 'USED', align: 'right' },
  { title: 'PER', align: 'right' },
  { title: 'NEXT FREE' },
] as const;

function row({ key, used, max, perMs, nextAt }: Budget): readonly string[] {
  const next = nextAt === undefined ? 'now' : formatTime(nextAt);
  return [printableLine(key), `${used}/${max}`, formatDuration(perMs), next];
}

function describe({ key, used, max, perMs, nextAt }: Budget): object {
  return { key, used, max, per_ms: perMs, next_at: nextAt === undefined ? null : new Date(nextAt).toISOString() };
}
