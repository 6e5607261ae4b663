import type { ExecutionFilter, MetricsFilter, SourceReading, StoredCatalogue, Telemetry } from '../../engine/ports.ts';
import type { CatalogueEntry, Execution, LogLine, ToolMetrics } from '../../model/executions.ts';
import type { EpochMs } from '../../model/time.ts';
import {
  isCounted,
  mergeTallies,
  metricsOf,
  tallyOf,
  type CountedCall,
  type ToolTally,
} from '../../model/tool-tally.ts';

/** Execution log, metrics and logs that are forgotten with the process. */
export function createMemoryTelemetry(): Telemetry {
  return new MemoryTelemetry();
}

const keptExecutions = 10_000;

class MemoryTelemetry implements Telemetry {
  #executions: Execution[] = [];
  #logs: LogLine[] = [];
  readonly #tallies = new Map<string, { readonly call: CountedCall; readonly tally: ToolTally }>();
  #tools: readonly CatalogueEntry[] = [];
  readonly #storedAt = new Map<string, EpochMs>();

  recordExecution(execution: Execution): void {
    this.#executions.push(structuredClone(execution));
    if (this.#executions.length > keptExecutions) this.#executions.shift();
    const { server, tool, version = '', environment = '' } = execution;
    const call = { server, tool, version, environment };
    const key = JSON.stringify(call);
    const known = this.#tallies.get(key)?.tally;
    const own = tallyOf([execution]);
    this.#tallies.set(key, { call, tally: known === undefined ? own : mergeTallies(known, own) });
  }

  recordLog(line: LogLine): void {
    this.#logs.push({ ...line });
  }

  executions({ run, success, limit, ...filter }: ExecutionFilter): readonly Execution[] {
    return this.#executions
      .toReversed()
      .filter(({ server, tool, version = '', environment = '' }) =>
        isCounted({ server, tool, version, environment }, filter),
      )
      .filter((execution) => run === undefined || execution.run === run)
      .filter((execution) => success === undefined || execution.success === success)
      .slice(0, limit);
  }

  logs(run: string): readonly LogLine[] {
    return this.#logs.filter((line) => line.run === run);
  }

  metrics(filter: MetricsFilter = {}): readonly ToolMetrics[] {
    return [...this.#tallies.values()]
      .filter(({ call }) => isCounted(call, filter))
      .map(({ call, tally }) => metricsOf(call, tally))
      .toSorted((a, b) => b.totalCalls - a.totalCalls);
  }

  storeCatalogue(readings: readonly SourceReading[], at: EpochMs): void {
    for (const { source, tools } of readings) {
      const others = this.#tools.filter((tool) => tool.source !== source);
      const since = new Map(
        this.#tools.map((tool) => [JSON.stringify([tool.source, tool.server, tool.name]), tool.firstSeenAt]),
      );
      const seen = structuredClone(tools).map((tool) => {
        const firstSeenAt = since.get(JSON.stringify([source, tool.server, tool.name])) ?? at;
        return Object.assign(tool, { source, firstSeenAt, lastSeenAt: at });
      });
      this.#tools = [...others, ...seen].toSorted((a, b) => compare(a.server, b.server) || compare(a.name, b.name));
      this.#storedAt.set(source, at);
    }
  }

  catalogue(sources: readonly string[], only?: Parameters<Telemetry['catalogue']>[1]): StoredCatalogue | undefined {
    const times = sources.flatMap((source) => this.#storedAt.get(source) ?? []);
    if (times.length === 0) return undefined;
    const tools = this.#tools.filter(({ source, server, name }) => {
      const isAsked = only === undefined || (server === only.server && name === only.tool);
      return isAsked && sources.includes(source);
    });
    return { tools, at: Math.max(...times) };
  }

  forget(runs: readonly string[]): void {
    this.#executions = this.#executions.filter(({ run = '' }) => !runs.includes(run));
    this.#logs = this.#logs.filter(({ run }) => !runs.includes(run));
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
