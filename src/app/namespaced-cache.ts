import type { BreakerStore, CacheStore } from '../engine/ports.ts';
import type { Bridge } from './configuration.ts';

/** Sandbox and real bridge, staging and production answer the same call differently: each has its own results. */
export function namespacedCache(store: CacheStore, bridge: Bridge): CacheStore {
  const prefix = namespaceOf(bridge);
  return {
    get: (address, now, staleMs) => store.get({ ...address, key: prefix + address.key }, now, staleMs),
    put: (entry) => store.put({ ...entry, key: prefix + entry.key }),
    dropServer: (server, at) => store.dropServer(server, at),
    clear: (filter) => store.clear(filter),
    stats: (now) => store.stats(now),
  };
}

/** The circuit of a sandbox tool says nothing about the real one. */
export function namespacedBreakers(store: BreakerStore, bridge: Bridge): BreakerStore {
  const prefix = namespaceOf(bridge);
  return {
    load: (key) => store.load(prefix + key),
    save: (key, state, at) => store.save(prefix + key, state, at),
  };
}

function namespaceOf(bridge: Bridge): string {
  if (bridge.kind !== 'url') return `${bridge.kind} `;
  const { origin, pathname } = new URL(bridge.url);
  return `${origin}${pathname} `;
}
