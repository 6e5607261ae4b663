import type { CacheStats, ExecutionFilter } from '../engine/ports.ts';
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

export async function cacheStats(app: App): Promise<CacheStats> {
  return (await app.stores.cache()).stats(app.clock.now());
}

/** @returns how many results were forgotten */
export async function clearCache(
  app: App,
  filter: { readonly server?: string; readonly tool?: string },
): Promise<number> {
  return (await app.stores.cache()).clear(filter);
}

export type { CacheStats, Execution, ToolMetrics };
