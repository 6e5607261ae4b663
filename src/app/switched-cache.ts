import type { CacheStore, Telemetry } from '../engine/ports.ts';
import { telemetryWith } from './telemetry-with.ts';

/** A cache that gives and keeps nothing while it is off. Writes count all the same, for when it is on again. */
export function switchedCache(store: CacheStore, isOn: () => boolean): CacheStore {
  return {
    serves: (address) => isOn() && store.serves(address),
    get: (address, now, staleMs) => (isOn() ? store.get(address, now, staleMs) : undefined),
    put: (entry) => {
      if (isOn()) store.put(entry);
    },
    dropServer: (server, at) => store.dropServer(server, at),
    clear: (filter) => store.clear(filter),
    stats: (now) => store.stats(now),
  };
}

/** While the cache is off no call is a miss: it was not asked. */
export function switchedTelemetry(telemetry: Telemetry, isOn: () => boolean): Telemetry {
  return telemetryWith(telemetry, {
    recordExecution: (execution) =>
      telemetry.recordExecution(execution.cache === 'miss' && !isOn() ? { ...execution, cache: 'none' } : execution),
  });
}
