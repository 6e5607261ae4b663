import type { CacheFilter, CacheStats } from '../engine/ports.ts';
import type { App } from './app.ts';
import { isCacheOn, readCacheSwitch, switchCache } from './cache-switch.ts';

/** All that can be told of the cache of a project. */
export interface CacheReport extends CacheStats {
  readonly isOn: boolean;
  /** Who says so: `runner cache`, a variable, `runner.yaml`, or nobody. */
  readonly because: 'runner cache' | 'MCP_CACHE_ENABLED' | 'runner.yaml' | 'built-in';
  /** Calls that it has answered, over all runs and restarts, and those that it could have answered and did not. */
  readonly hits: number;
  readonly misses: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Why the file on this machine is of no use; absent while all is well. */
  readonly trouble?: string;
  readonly shared?: SharedReport;
}

export interface SharedReport {
  readonly place: string;
  /** Why it does not answer; absent while it does. */
  readonly trouble?: string;
}

export async function reportCache(app: App): Promise<CacheReport> {
  const { cache: settings } = app.configuration;
  const [{ store, ...cache }, telemetry] = await Promise.all([app.stores.projectCache(), app.stores.telemetry()]);
  const shared = await reportShared(cache.shared);
  const metrics = telemetry.metrics();
  const trouble = cache.health();
  return {
    ...(await store.stats(app.clock.now())),
    ...switchReport(app),
    hits: metrics.reduce((sum, { cacheHits }) => sum + cacheHits, 0),
    misses: metrics.reduce((sum, { cacheMisses }) => sum + cacheMisses, 0),
    maxEntries: settings.maxEntries,
    maxBytes: settings.maxBytes,
    ...(trouble === undefined ? {} : { trouble }),
    ...(shared === undefined ? {} : { shared }),
  };
}

/** Whether the cache is on, and who says so. */
export function switchReport({ configuration }: App): Pick<CacheReport, 'isOn' | 'because'> {
  const { cache, home } = configuration;
  const state = readCacheSwitch(home);
  const isOn = isCacheOn(cache, state);
  const isByHand = state === 'off' || (state === 'on' && isOn && !cache.enabled);
  return { isOn, because: isByHand ? 'runner cache' : cache.enabledFrom };
}

/** @returns how many results were forgotten, and why none of the shared ones could be, where that is so */
export async function clearCache(
  app: App,
  filter: CacheFilter,
): Promise<{ readonly cleared: number; readonly shared?: SharedReport }> {
  const { store, shared } = await app.stores.projectCache();
  const cleared = await store.clear(filter);
  const report = await reportShared(shared);
  return { cleared, ...(report === undefined ? {} : { shared: report }) };
}

/** Switches the cache for all processes of the project; those that run follow within a second. */
export function turnCache(app: App, state: 'on' | 'off'): Pick<CacheReport, 'isOn' | 'because'> {
  switchCache(app.configuration.home, state);
  return switchReport(app);
}

async function reportShared(
  shared: { readonly place: string; check(): Promise<string | undefined> } | undefined,
): Promise<SharedReport | undefined> {
  if (shared === undefined) return undefined;
  const trouble = await shared.check();
  return { place: shared.place, ...(trouble === undefined ? {} : { trouble }) };
}
