import type { ExecutionFilter } from '../engine/ports.ts';
import type { Execution, ToolMetrics } from '../model/executions.ts';
import type { App } from './app.ts';

/** Metrics per tool, most used first. */
export async function toolMetrics(
  app: App,
  filter: { readonly server?: string; readonly tool?: string },
): Promise<readonly ToolMetrics[]> {
  return (await app.stores.telemetry()).metrics(filter);
}

/** Calls of the execution log, newest first. */
export async function executionHistory(app: App, filter: ExecutionFilter): Promise<readonly Execution[]> {
  return (await app.stores.telemetry()).executions(filter);
}

export type { Execution, ToolMetrics };
