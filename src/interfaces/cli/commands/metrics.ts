import { toolMetrics } from '../../../app/telemetry.ts';
import type { ToolMetrics } from '../../../app/telemetry.ts';
import { formatCost } from '../../../model/costs.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseToolFilter } from '../read-tool-filter.ts';
import { labelled } from '../render/values.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

/** `runner metrics [server/tool]` */
export function metrics(
  context: CliContext,
  tool: string | undefined,
  flags: { readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const list = await toolMetrics(app, {
      ...parseToolFilter(tool),
      ...(context.environment === undefined ? {} : { environment: context.environment }),
    });
    if (flags.json) terminal.json({ tools: list.map(describe) });
    else if (list.length === 0) terminal.note('No call is on record.');
    else if (tool?.includes('/') === true) for (const line of list.flatMap(detailLines)) terminal.print(line);
    else printTable(terminal, list);
    return exitCodes.success;
  });
}

function describe(each: ToolMetrics): object {
  return {
    server: each.server,
    tool: each.tool,
    version: each.version ?? null,
    environment: each.environment ?? null,
    total_calls: each.totalCalls,
    successful_calls: each.successfulCalls,
    failed_calls: each.failedCalls,
    error_rate: each.errorRate,
    duration_ms: each.durationMs ?? null,
    cache_hits: each.cacheHits,
    cache_misses: each.cacheMisses,
    cache_hit_rate: each.cacheHitRate,
    retries: each.retries,
    fallbacks: each.fallbacks,
    cost: each.cost ?? null,
    throttled_calls: each.throttledCalls,
    waited_ms: each.waitedMs,
    last_execution_at: new Date(each.lastExecutionAt).toISOString(),
  };
}

function printTable(terminal: Terminal, list: readonly ToolMetrics[]): void {
  const hasEnvironments = list.some(({ environment }) => environment !== undefined);
  const hasCosts = list.some(({ cost }) => cost !== undefined);
  const rows = list.map((each) => [
    nameOf(each),
    ...(hasEnvironments ? [each.environment ?? '-'] : []),
    String(each.totalCalls),
    percent(each.errorRate),
    duration(each.durationMs?.avg),
    duration(each.durationMs?.p95),
    duration(each.durationMs?.max),
    ...(hasCosts ? [costOf(each)] : []),
    percent(each.cacheHitRate),
    String(each.retries),
    String(each.fallbacks),
    formatTime(each.lastExecutionAt),
  ]);
  const shown = columns.filter(({ title }) => {
    return (title !== 'ENV' || hasEnvironments) && (title !== 'COST' || hasCosts);
  });
  const [header = '', ...lines] = tableLines(shown, rows, terminal.tableColumns());
  terminal.print(terminal.style.dim(header));
  for (const line of lines) terminal.print(line);
}

const columns = [
  { title: 'TOOL' },
  { title: 'ENV' },
  { title: 'CALLS', align: 'right' },
  { title: 'ERRORS', align: 'right' },
  { title: 'AVG', align: 'right', spare: 1 },
  { title: 'P95', align: 'right', spare: 2 },
  { title: 'MAX', align: 'right', spare: 4 },
  { title: 'COST', align: 'right' },
  { title: 'CACHED', align: 'right', spare: 3 },
  { title: 'RETRIES', align: 'right', spare: 5 },
  { title: 'FALLBACKS', align: 'right', spare: 6 },
  { title: 'LAST CALL', spare: 7 },
] as const;

function detailLines(each: ToolMetrics): readonly string[] {
  const { durationMs } = each;
  const span = durationMs
    ? `avg ${duration(durationMs.avg)}, min ${duration(durationMs.min)}, max ${duration(durationMs.max)}, ` +
      `p50 ${duration(durationMs.p50)}, p95 ${duration(durationMs.p95)}, p99 ${duration(durationMs.p99)}`
    : 'no call was made yet';
  return [
    `${nameOf(each)}${each.environment === undefined ? '' : ` in ${each.environment}`}`,
    ...labelled('calls', [`${each.totalCalls}: ${each.successfulCalls} succeeded, ${each.failedCalls} failed`]),
    ...labelled('errors', [percent(each.errorRate)]),
    ...labelled('duration', [span]),
    ...labelled('cache', [
      `${each.cacheHits} hits, ${each.cacheMisses} misses, hit rate ${percent(each.cacheHitRate)}`,
    ]),
    ...labelled('retries', [String(each.retries)]),
    ...labelled('fallbacks', [String(each.fallbacks)]),
    ...(each.cost === undefined ? [] : labelled('cost', [costOf(each)])),
    ...labelled('limits', [`${each.throttledCalls} calls waited, ${duration(each.waitedMs)} in all`]),
    ...labelled('last', [formatTime(each.lastExecutionAt)]),
  ];
}

/** `server/tool`, or `server/tool@version`. */
function nameOf({ server, tool, version }: ToolMetrics): string {
  return printableLine(`${server}/${tool}${version === undefined ? '' : `@${version}`}`);
}

function costOf({ cost }: ToolMetrics): string {
  return cost === undefined ? '-' : formatCost(cost);
}

function duration(ms: number | undefined): string {
  return ms === undefined ? '-' : formatDuration(ms);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
