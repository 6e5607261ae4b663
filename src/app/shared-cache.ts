import type { CacheAddress, CacheStats, CacheStore } from '../engine/ports.ts';

/**
 * Two caches as one: what is of use to the project goes into the shared one, what is of use to one run or one machine
 * alone stays here.
 * @param staysHere true for results that depend on this machine
 */
export function sharedCache(
  local: CacheStore,
  shared: CacheStore,
  staysHere: (address: CacheAddress) => boolean,
): CacheStore {
  const storeOf = (address: CacheAddress): CacheStore =>
    address.scope === 'run' || staysHere(address) ? local : shared;
  return {
    serves: (address) => storeOf(address).serves(address),
    get: (address, now, staleMs) => storeOf(address).get(address, now, staleMs),
    put: (entry) => storeOf(entry).put(entry),
    dropServer: (server, at) => {
      local.dropServer(server, at);
      shared.dropServer(server, at);
    },
    clear: async (filter) => (await local.clear(filter)) + (await shared.clear(filter)),
    stats: async (now) => together(await local.stats(now), await shared.stats(now)),
  };
}

function together(one: CacheStats, other: CacheStats): CacheStats {
  const counts = new Map<string, number>();
  for (const { server, entries } of [...one.byServer, ...other.byServer]) {
    counts.set(server, (counts.get(server) ?? 0) + entries);
  }
  const byServer = [...counts].map(([server, entries]) => ({ server, entries }));
  return {
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
    expired: one.expired + other.expired,
    byServer: byServer.toSorted((a, b) => b.entries - a.entries || (a.server < b.server ? -1 : 1)),
  };
}
