import { createHash } from 'node:crypto';
import type { BreakerStore, CacheStore } from '../engine/ports.ts';
import { sourceOfBridge } from './catalogue/project-catalogue.ts';
import type { Bridge, Configuration } from './configuration.ts';

type World = Pick<Configuration, 'bridge' | 'environment'>;

/** Sandbox and real bridge, staging and production answer the same call differently: each has its own results. */
export function namespacedCache(store: CacheStore, world: World): CacheStore {
  const prefix = namespaceOf(world) + viewOf(world.bridge);
  return {
    serves: (address) => store.serves(address),
    get: (address, now, staleMs) => store.get({ ...address, key: prefix + address.key }, now, staleMs),
    put: (entry) => store.put({ ...entry, key: prefix + entry.key }),
    dropServer: (server, at) => store.dropServer(server, at),
    clear: (filter) => store.clear(filter),
    stats: (now) => store.stats(now),
  };
}

/** The circuit of a sandbox tool says nothing about the real one. */
export function namespacedBreakers(store: BreakerStore, world: World): BreakerStore {
  const prefix = namespaceOf(world);
  return {
    load: (key) => store.load(prefix + key),
    save: (key, state, at) => store.save(prefix + key, state, at),
  };
}

/** Budgets and costs of a sandbox say nothing about the real tools. */
export function spaceOf(world: World): string {
  return namespaceOf(world).trimEnd();
}

/** Another key of the same bridge may see other data. The key itself is not recognisable in it. */
function viewOf(bridge: Bridge): string {
  if (bridge.kind !== 'url' || bridge.apiKey === undefined) return '';
  return `${createHash('sha256').update(`runner cache ${bridge.apiKey}`).digest('hex').slice(0, 16)} `;
}

function namespaceOf({ bridge, environment }: World): string {
  return `${environment === undefined ? '' : `${environment}: `}${sourceOfBridge(bridge)} `;
}
