import type { ExecutionFilter, MetricsFilter, Telemetry } from '../engine/ports.ts';
import { RunnerError } from '../model/errors.ts';
import type { Execution, ToolMetrics } from '../model/executions.ts';
import type { App } from './app.ts';

/** Metrics per tool, most used first. @throws RunnerError STORAGE_UNUSABLE */
export async function toolMetrics(app: App, filter: MetricsFilter): Promise<readonly ToolMetrics[]> {
  const telemetry = await app.stores.telemetry();
  return orReason(telemetry, telemetry.metrics(filter));
}

/** Calls of the execution log, newest first. @throws RunnerError STORAGE_UNUSABLE */
export async function executionHistory(app: App, filter: ExecutionFilter): Promise<readonly Execution[]> {
  const telemetry = await app.stores.telemetry();
  return orReason(telemetry, telemetry.executions(filter));
}

/** A log that cannot be read must not pass for an empty one. */
function orReason<T>(telemetry: Telemetry, rows: readonly T[]): readonly T[] {
  const fault = telemetry.health();
  if (rows.length > 0 || fault === undefined) return rows;
  throw new RunnerError('STORAGE_UNUSABLE', fault, {
    hint: 'Look at the storage with: runner doctor. Runs are not affected.',
  });
}

export type { Execution, ToolMetrics };
