import { createHash } from 'node:crypto';
import type { BreakerStore, CacheStore, LimitStore, LimitWant } from '../engine/ports.ts';
import type { McpServer } from '../model/mcp-servers.ts';
import { keptSpace } from '../model/requests.ts';
import { sourceOfBridge } from './catalogue/project-catalogue.ts';
import type { Configuration } from './configuration.ts';

/** What decides where the tools of a server are. */
type Places = Pick<Configuration, 'bridge' | 'environment' | 'mcpServers'>;

/** Sandbox and real bridge, staging and production answer the same call differently: each has its own results. */
export function namespacedCache(store: CacheStore, places: Places): CacheStore {
  const prefixOf = remembered((server) => `${namespaceOf(server, places)} ${viewOf(server, places)}`);
  return {
    serves: (address) => store.serves(address),
    get: (address, now, staleMs) =>
      store.get({ ...address, key: prefixOf(address.server) + address.key }, now, staleMs),
    put: (entry) => store.put({ ...entry, key: prefixOf(entry.server) + entry.key }),
    dropServer: (server, at) => store.dropServer(server, at),
    clear: (filter) => store.clear(filter),
    stats: (now) => store.stats(now),
  };
}

/** The circuit of a sandbox tool says nothing about the real one. */
export function namespacedBreakers(store: BreakerStore, places: Places): BreakerStore {
  const full = remembered((key) => keyInPlace(key, places));
  return {
    load: (key) => store.load(full(key)),
    update: (key, change) => store.update(full(key), change),
    list: () => store.list(),
  };
}

/** Calls to the sandbox use up nothing of the real services' limits. */
export function namespacedLimits(store: LimitStore, places: Places): LimitStore {
  const full = remembered((key) => keyInPlace(key, places));
  return {
    take: ({ turn, slot, ...others }, now) => {
      const want: LimitWant = {
        ...others,
        ...(turn ? { turn: { ...turn, key: full(turn.key) } } : {}),
        ...(slot ? { slot: { ...slot, key: full(slot.key) } } : {}),
      };
      return store.take(want, now);
    },
    giveBack: (held) => store.giveBack(held),
  };
}

/**
 * Budgets and costs of a sandbox say nothing about the real tools. By whatever address those are reached, they are the
 * same: another bridge must not open a budget.
 */
export function spaceOf({ bridge, environment = '' }: Pick<Places, 'bridge' | 'environment'>): string {
  return bridge.kind === 'sandbox' ? `${environment} sandbox`.trim() : environment;
}

/** Where values that `state` steps keep are: the sandbox and each environment have their own. */
export function stateSpace(places: Pick<Places, 'bridge' | 'environment'>, space: string): string {
  return keptSpace(spaceOf(places), space);
}

/** A key of limits or breakers with where it holds; a key that begins with no server's name is the bridge's. */
function keyInPlace(key: string, places: Places): string {
  return `${namespaceOf(key.split('/', 1)[0] ?? key, places)} ${key}`;
}

/** Without spaces, so that the key behind it can be told from it. */
function namespaceOf(server: string, { bridge, environment, mcpServers }: Places): string {
  const direct = mcpServers.find(({ name }) => name === server);
  return inEnvironment(direct ? placeOfServer(direct) : sourceOfBridge(bridge), environment);
}

function inEnvironment(place: string, environment: string | undefined): string {
  return environment === undefined ? place : `${environment}:${place}`;
}

function placeOfServer({ target }: McpServer): string {
  if (target.kind === 'http') return addressOf(target.url);
  return `stdio:${digest([target.command, ...target.args])}`;
}

function addressOf(url: string): string {
  if (!URL.canParse(url)) return `address:${digest(url)}`;
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** With other credentials or surroundings the same place may show other data. They are not recognisable in it. */
function viewOf(server: string, { bridge, mcpServers }: Places): string {
  const direct = mcpServers.find(({ name }) => name === server);
  if (direct) return `${digest(direct.target)} `;
  if (bridge.kind !== 'url' || bridge.apiKey === undefined) return '';
  return `${createHash('sha256').update(`runner cache ${bridge.apiKey}`).digest('hex').slice(0, 16)} `;
}

function digest(value: unknown): string {
  return createHash('sha256')
    .update(`runner ${JSON.stringify(value)}`)
    .digest('hex')
    .slice(0, 16);
}

/** The answer for each text is worked out once: it is asked for with every call. */
function remembered(answer: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    // Keys may be computed by workflows, so there may be any number of them.
    if (known.size >= 1_000) known.clear();
    const now = answer(text);
    known.set(text, now);
    return now;
  };
}
