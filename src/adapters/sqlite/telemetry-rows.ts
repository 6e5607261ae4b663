import type { ExecutionFilter } from '../../engine/ports.ts';
import type { CatalogueEntry, Execution, LogLine, ToolDescription } from '../../model/executions.ts';
import type { Json } from '../../model/json.ts';
import type { ToolAnnotations } from '../../model/tool-contract.ts';
import type { ExecutionCells, ExecutionRow, LogRow, ToolCells, ToolRow } from './telemetry-schema.ts';

/** Longer parameters are kept as the beginning of their JSON text only: ten thousand calls must fit on the disk. */
const longestParams = 32_768;
const shortenedParams = 1_000;

export function toExecutionCells(execution: Execution): ExecutionCells {
  const { id, run, step, kind, server, tool, version, params, success, error } = execution;
  return [
    id,
    run ?? null,
    step ?? null,
    kind,
    server,
    tool,
    version ?? null,
    boundedJson(params),
    success ? 1 : 0,
    error?.kind ?? null,
    error?.message ?? null,
    execution.durationMs,
    execution.cache,
    execution.retryCount,
    execution.fallbackUsed ? 1 : 0,
    Math.trunc(execution.at),
    execution.environment ?? null,
    execution.cost ?? null,
    execution.waitedMs ?? null,
  ];
}

export function fromExecutionRow(row: ExecutionRow): Execution {
  return {
    id: row.id,
    ...(row.run !== null && { run: row.run }),
    ...(row.step !== null && { step: row.step }),
    kind: row.kind as Execution['kind'],
    server: row.server,
    tool: row.tool,
    ...(row.version !== null && { version: row.version }),
    params: JSON.parse(row.params) as Json,
    success: row.success === 1,
    ...(row.error_kind !== null && { error: { kind: row.error_kind, message: row.error_message ?? '' } }),
    durationMs: row.duration_ms,
    cache: row.cache as Execution['cache'],
    retryCount: row.retry_count,
    fallbackUsed: row.fallback_used === 1,
    ...(row.environment !== null && { environment: row.environment }),
    ...(row.cost !== null && { cost: row.cost }),
    ...(row.waited_ms !== null && { waitedMs: row.waited_ms }),
    at: row.at,
  };
}

/** The newest executions that a filter lets pass. */
export function executionQuery(filter: ExecutionFilter): { readonly sql: string; readonly values: readonly unknown[] } {
  const { success, limit, ...columns } = filter;
  const wanted = Object.entries({ ...columns, success: success === undefined ? undefined : Number(success) });
  const given = wanted.filter(([, value]) => value !== undefined);
  const where = given.length === 0 ? '' : `WHERE ${given.map(([column]) => `${column} = ?`).join(' AND ')}`;
  return {
    sql: `SELECT * FROM executions ${where} ORDER BY n DESC LIMIT ?`,
    values: [...given.map(([, value]) => value), limit],
  };
}

export function toLogRow({ at, run, step, level, text, environment }: LogLine): LogRow {
  return { at: Math.trunc(at), run, step: step ?? null, level, text, environment: environment ?? null };
}

export function fromLogRow({ at, run, step, level, text, environment }: LogRow): LogLine {
  const known = { ...(step !== null && { step }), ...(environment !== null && { environment }) };
  return { at, run, ...known, level: level as LogLine['level'], text };
}

export function toToolRow(source: string, tool: ToolDescription, at: number): ToolRow {
  const { server, name, description, parameters, output, annotations } = tool;
  return {
    source,
    server,
    name,
    description,
    parameters: parameters === undefined ? null : JSON.stringify(parameters),
    output: output === undefined ? null : JSON.stringify(output),
    annotations: annotations === undefined ? null : JSON.stringify(annotations),
    first_seen: Math.trunc(at),
    last_seen: Math.trunc(at),
  };
}

export function fromToolCells(cells: ToolCells): CatalogueEntry {
  const [source, server, name, description, parameters, output, annotations, firstSeenAt, lastSeenAt] = cells;
  const known = annotations === null ? {} : { annotations: JSON.parse(annotations) as ToolAnnotations };
  const entry: CatalogueEntry = { source, server, name, description, ...known, firstSeenAt, lastSeenAt };
  if (parameters !== null) parsedWhenAsked(entry, 'parameters', parameters);
  if (output !== null) parsedWhenAsked(entry, 'output', output);
  return entry;
}

/**
 * Adds a schema, whose text is parsed when somebody asks for it first: of thousands hardly any is asked for, and to parse
 * all takes longer than to read them. Copies and JSON of the entry hold it like any other value.
 */
function parsedWhenAsked(entry: CatalogueEntry, name: 'parameters' | 'output', text: string): void {
  const get = (): Json => {
    const value = schemaIn(text);
    Object.defineProperty(entry, name, { value, enumerable: true });
    return value;
  };
  Object.defineProperty(entry, name, { get, enumerable: true, configurable: true });
}

/** Null where the file holds no JSON any more: what is left of the tool is of use all the same. */
function schemaIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function boundedJson(value: Json): string {
  const text = JSON.stringify(value);
  if (text.length <= longestParams) return text;
  return JSON.stringify(`${text.slice(0, shortenedParams)}… (${text.length} characters)`);
}
