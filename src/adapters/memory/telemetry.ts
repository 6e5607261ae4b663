import type { ExecutionFilter, Telemetry } from '../../engine/ports.ts';
import type { CatalogueEntry, Execution, LogLine, ToolDescription, ToolMetrics } from '../../model/executions.ts';
import type { EpochMs } from '../../model/time.ts';
import { mergeTallies, metricsOf, tallyOf, type ToolTally } from '../../model/tool-tally.ts';

/** Execution log, metrics and logs that are forgotten with the process. */
export function createMemoryTelemetry(): Telemetry {
  return new MemoryTelemetry();
}

const keptExecutions = 10_000;

class MemoryTelemetry implements Telemetry {
  readonly #executions: Execution[] = [];
  readonly #logs: LogLine[] = [];
  readonly #tallies = new Map<string, { readonly server: string; readonly tool: string; readonly tally: ToolTally }>();
  #tools: readonly CatalogueEntry[] = [];
  #storedAt: EpochMs | undefined;

  recordExecution(execution: Execution): void {
    this.#executions.push(structuredClone(execution));
    if (this.#executions.length > keptExecutions) this.#executions.shift();
    const { server, tool } = execution;
    const key = JSON.stringify([server, tool]);
    const known = this.#tallies.get(key)?.tally;
    const own = tallyOf([execution]);
    this.#tallies.set(key, { server, tool, tally: known === undefined ? own : mergeTallies(known, own) });
  }

  recordLog(line: LogLine): void {
    this.#logs.push({ ...line });
  }

  executions({ server, tool, run, success, limit }: ExecutionFilter): readonly Execution[] {
    return this.#executions
      .toReversed()
      .filter((execution) => server === undefined || execution.server === server)
      .filter((execution) => tool === undefined || execution.tool === tool)
      .filter((execution) => run === undefined || execution.run === run)
      .filter((execution) => success === undefined || execution.success === success)
      .slice(0, limit);
  }

  logs(run: string): readonly LogLine[] {
    return this.#logs.filter((line) => line.run === run);
  }

  metrics(filter: { readonly server?: string; readonly tool?: string } = {}): readonly ToolMetrics[] {
    return [...this.#tallies.values()]
      .filter(({ server }) => filter.server === undefined || filter.server === server)
      .filter(({ tool }) => filter.tool === undefined || filter.tool === tool)
      .map(({ server, tool, tally }) => metricsOf(server, tool, tally))
      .toSorted((a, b) => b.totalCalls - a.totalCalls);
  }

  storeCatalogue(tools: readonly ToolDescription[], at: EpochMs): void {
    const servers = new Set(tools.map(({ server }) => server));
    const others = this.#tools.filter(({ server }) => !servers.has(server));
    const since = new Map(this.#tools.map((tool) => [`${tool.server}/${tool.name}`, tool.firstSeenAt]));
    const seen = structuredClone(tools).map((tool) =>
      Object.assign(tool, { firstSeenAt: since.get(`${tool.server}/${tool.name}`) ?? at, lastSeenAt: at }),
    );
    this.#tools = [...others, ...seen].toSorted((a, b) => compare(a.server, b.server) || compare(a.name, b.name));
    this.#storedAt = at;
  }

  catalogue(): { readonly tools: readonly CatalogueEntry[]; readonly at: EpochMs } | undefined {
    return this.#storedAt === undefined ? undefined : { tools: this.#tools, at: this.#storedAt };
  }

  health(): undefined {
    return undefined;
  }

  flush(): void {}

  close(): void {}
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
