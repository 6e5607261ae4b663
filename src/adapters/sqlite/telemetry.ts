import type {
  Clock,
  ExecutionFilter,
  MetricsFilter,
  SourceReading,
  StoredCatalogue,
  Telemetry,
} from '../../engine/ports.ts';
import type { CatalogueEntry, Execution, LogLine, ToolDescription, ToolMetrics } from '../../model/executions.ts';
import type { EpochMs } from '../../model/time.ts';
import { isCounted, mergeTallies, metricsOf, tallyOf, type ToolTally } from '../../model/tool-tally.ts';
import { DisposableStore } from './disposable-store.ts';
import type { Connection } from './native.ts';
import {
  executionQuery,
  fromExecutionRow,
  fromLogRow,
  fromToolCells,
  toExecutionCells,
  toLogRow,
  toToolRow,
} from './telemetry-rows.ts';
import { prepareTelemetry, telemetrySpec, type ExecutionRow, type TelemetryStatements } from './telemetry-schema.ts';

export interface TelemetryOptions {
  /** Created when it is missing, with the first write; the file in it is `telemetry.db`. */
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Execution log, metrics and logs in one SQLite file, which is opened at its first use. Never throws. */
export function openTelemetry(options: TelemetryOptions): Telemetry {
  return new TelemetryFile(options);
}

const flushAfterMs = 100;
/** So many entries are written at once, without waiting for the timer: a longer write would block the process. */
const fullBuffer = 256;
/** What cannot be written is kept up to this number; then the oldest is dropped. */
const largestBuffer = 10_000;
const keptExecutions = 10_000;
const keptLogLines = 100_000;
const forgottenAtOnce = 500;

class TelemetryFile implements Telemetry {
  readonly #store: DisposableStore<TelemetryStatements>;
  #executions: Execution[] = [];
  #logs: LogLine[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ folder, clock }: TelemetryOptions) {
    this.#store = new DisposableStore(telemetrySpec(folder), prepareTelemetry, () => clock.now());
  }

  recordExecution(execution: Execution): void {
    this.#executions.push(execution);
    this.#schedule();
  }

  recordLog(line: LogLine): void {
    this.#logs.push(line);
    this.#schedule();
  }

  executions(filter: ExecutionFilter): readonly Execution[] {
    const { sql, values } = executionQuery(filter);
    const rows = this.#read((_, db) => db.prepare<unknown[], ExecutionRow>(sql).all(...values));
    return rows?.map(fromExecutionRow) ?? [];
  }

  logs(run: string): readonly LogLine[] {
    return this.#read((sql) => sql.logs.all(run))?.map(fromLogRow) ?? [];
  }

  metrics(filter: MetricsFilter = {}): readonly ToolMetrics[] {
    const rows = this.#read((sql) => sql.tallies.all()) ?? [];
    return rows
      .filter((row) => isCounted(row, filter))
      .map(({ tally, ...call }) => metricsOf(call, JSON.parse(tally) as ToolTally))
      .toSorted((a, b) => b.totalCalls - a.totalCalls);
  }

  storeCatalogue(readings: readonly SourceReading[], at: EpochMs): void {
    this.#store.write((sql) => {
      for (const { source, tools } of readings) {
        forgetGoneTools(sql, source, tools);
        for (const tool of tools) sql.addTool.run(toToolRow(source, tool, at));
        sql.setCatalogueTime.run(source, Math.trunc(at));
      }
    });
  }

  catalogue(sources: readonly string[], only?: Parameters<Telemetry['catalogue']>[1]): StoredCatalogue | undefined {
    return this.#read((sql) => {
      const wanted = JSON.stringify(sources);
      const at = sql.catalogueTime.get(wanted) ?? undefined;
      if (at === undefined) return undefined;
      const rows = only === undefined ? sql.tools.all(wanted) : sql.tool.all(wanted, only.server, only.tool);
      const tools = rows.map(fromToolCells);
      return { tools: sources.length > 1 ? tools.toSorted(byName) : tools, at };
    });
  }

  forget(runs: readonly string[]): void {
    this.flush();
    if (!this.#store.exists()) return;
    const list = JSON.stringify(runs);
    // Some rows at a time, so that others can write between.
    for (let removed = forgottenAtOnce; removed === forgottenAtOnce;) {
      const used = this.#store.write(
        (sql) =>
          sql.forgetLogs.run(list, forgottenAtOnce).changes + sql.forgetExecutions.run(list, forgottenAtOnce).changes,
      );
      removed = used.ok && used.value >= forgottenAtOnce ? forgottenAtOnce : 0;
    }
  }

  health(): string | undefined {
    const fault = this.#store.health();
    if (this.#dropped === 0) return fault;
    return `${this.#dropped} entries of the execution log could not be kept. ${fault ?? ''}`.trim();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#executions.length + this.#logs.length === 0) return;
    const [executions, logs] = [this.#executions, this.#logs];
    if (!this.#store.write((sql) => writeAll(sql, executions, logs)).ok) return this.#keepNewest();
    this.#executions = [];
    this.#logs = [];
  }

  close(): void {
    this.flush();
    clearTimeout(this.#timer);
    this.#store.close();
  }

  #read<T>(read: (statements: TelemetryStatements, connection: Connection) => T): T | undefined {
    this.flush();
    if (!this.#store.exists()) return undefined;
    const used = this.#store.read(read);
    return used.ok ? used.value : undefined;
  }

  #schedule(): void {
    if (this.#executions.length + this.#logs.length === fullBuffer) return this.flush();
    // The process may end without waiting for it: `close` writes what is left.
    this.#timer ??= setTimeout(() => this.flush(), flushAfterMs).unref();
  }

  #keepNewest(): void {
    for (const buffer of [this.#executions, this.#logs]) {
      const excess = Math.max(0, buffer.length - largestBuffer);
      buffer.splice(0, excess);
      this.#dropped += excess;
    }
    this.#timer ??= setTimeout(() => this.flush(), flushAfterMs).unref();
  }
}

function byName(one: CatalogueEntry, other: CatalogueEntry): number {
  if (one.server !== other.server) return one.server < other.server ? -1 : 1;
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}

function writeAll(sql: TelemetryStatements, executions: readonly Execution[], logs: readonly LogLine[]): void {
  for (const execution of executions) sql.addExecution.run(...toExecutionCells(execution));
  for (const line of logs) sql.addLog.run(toLogRow(line));
  for (const calls of groupByTool(executions)) addToTally(sql, calls);
  if (executions.length > 0) sql.trimExecutions.run(keptExecutions);
  if (logs.length > 0) sql.trimLogs.run(keptLogLines);
}

function addToTally(sql: TelemetryStatements, calls: readonly [Execution, ...Execution[]]): void {
  const [{ server, tool, version = '', environment = '' }] = calls;
  const stored = sql.tally.get(server, tool, version, environment);
  const added = tallyOf(calls);
  const tally = stored === undefined ? added : mergeTallies(JSON.parse(stored) as ToolTally, added);
  sql.saveTally.run(server, tool, version, environment, JSON.stringify(tally));
}

function groupByTool(executions: readonly Execution[]): Iterable<readonly [Execution, ...Execution[]]> {
  const groups = new Map<string, [Execution, ...Execution[]]>();
  for (const execution of executions) {
    const { server, tool, version, environment } = execution;
    const key = JSON.stringify([server, tool, version, environment]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [execution]);
    else group.push(execution);
  }
  return groups.values();
}

/** What is not there any more where the tools were read. */
function forgetGoneTools(sql: TelemetryStatements, source: string, tools: readonly ToolDescription[]): void {
  const left = new Set(tools.map(({ server, name }) => JSON.stringify([server, name])));
  const gone = sql.toolNames.all(source).filter((each) => !left.has(JSON.stringify(each)));
  for (const [server, name] of gone) sql.forgetTool.run(source, server, name);
}
