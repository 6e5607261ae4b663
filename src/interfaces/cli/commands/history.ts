import { executionHistory } from '../../../app/telemetry.ts';
import type { Execution } from '../../../app/telemetry.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { HistoryFlags } from '../declare/tools.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseToolFilter } from '../read-tool-filter.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import { withApp } from '../with-app.ts';

/** `runner history` */
export function history(context: CliContext, flags: HistoryFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const named = flags.tool?.includes('/') ? parseToolFilter(flags.tool) : flags.tool ? { tool: flags.tool } : {};
    const list = await executionHistory(app, {
      limit: flags.limit,
      ...named,
      ...(context.environment === undefined ? {} : { environment: context.environment }),
      ...(flags.server === undefined ? {} : { server: flags.server }),
      ...(flags.failed ? { success: false } : {}),
    });
    if (flags.json) terminal.json({ executions: list.map(describe) });
    else if (list.length === 0) terminal.note('No call matches.');
    else {
      const [header = '', ...lines] = tableOf(list, terminal.tableColumns());
      terminal.print(terminal.style.dim(header));
      for (const line of lines) terminal.print(line);
    }
    return exitCodes.success;
  });
}

function tableOf(list: readonly Execution[], width: number): readonly string[] {
  if (list.every(({ environment }) => environment === undefined)) return tableLines(columns, list.map(row), width);
  const rows = list.map((each) => [...row(each), each.environment ?? '-']);
  return tableLines([...columns, { title: 'ENV' }], rows, width);
}

const columns = [
  { title: 'ENDED', spare: 1 },
  { title: 'TOOL' },
  { title: 'STATUS' },
  { title: 'TOOK', align: 'right', spare: 2 },
  { title: 'CACHE', spare: 4 },
  { title: 'RETRIES', align: 'right', spare: 5 },
  { title: 'EXECUTION', spare: 3 },
  { title: 'ERROR', flexible: true },
] as const;

function row(each: Execution): readonly string[] {
  return [
    formatTime(each.at),
    printableLine(`${each.server}/${each.tool}${each.version === undefined ? '' : `@${each.version}`}`),
    `${each.success ? 'success' : 'failed'}${each.fallbackUsed ? ' (fallback)' : ''}`,
    formatDuration(each.durationMs),
    each.cache === 'none' ? '-' : each.cache,
    String(each.retryCount),
    printableLine(each.id),
    each.error ? printableLine(`${each.error.kind}: ${each.error.message}`) : '',
  ];
}

function describe(each: Execution): object {
  return {
    execution_id: each.id,
    run_id: each.run ?? null,
    step: each.step ?? null,
    kind: each.kind,
    server: each.server,
    tool: each.tool,
    version: each.version ?? null,
    environment: each.environment ?? null,
    cost: each.cost ?? null,
    params: each.params,
    status: each.success ? 'success' : 'failed',
    error: each.error ?? null,
    duration_ms: each.durationMs,
    cache: each.cache,
    waited_ms: each.waitedMs ?? 0,
    retry_count: each.retryCount,
    fallback_used: each.fallbackUsed,
    timestamp: new Date(each.at).toISOString(),
  };
}
