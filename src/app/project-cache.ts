import type { RedisCache } from '../adapters/redis/cache.ts';
import type { CacheAddress, CacheStore, Clock } from '../engine/ports.ts';
import { placeOf } from './cache-settings.ts';
import type { Configuration } from './configuration.ts';
import { sharedCache } from './shared-cache.ts';

/** The cache of a project: this machine's own file, and Redis where machines share results. */
export interface ProjectCache {
  readonly store: CacheStore;
  readonly shared?: SharedPart;
  /** Why the file on this machine is of no use; undefined while all is well. */
  health(): string | undefined;
  close(): Promise<void>;
}

export interface SharedPart {
  /** For people: without user and password. */
  readonly place: string;
  /** Why it was of no use the last time; undefined while all is well. */
  health(): string | undefined;
  /** Asks whether it is there. @returns why not; undefined when it is */
  check(): Promise<string | undefined>;
}

export async function openProjectCache(configuration: Configuration, clock: Clock): Promise<ProjectCache> {
  const { home, cache } = configuration;
  const now = (): number => clock.now();
  const [{ createSqliteCache }, { currentOwner }, redis] = await Promise.all([
    import('../adapters/sqlite/cache.ts'),
    import('../adapters/system/owner.ts'),
    openRedis(configuration, now),
  ]);
  const { maxEntries, maxBytes } = cache;
  const local = createSqliteCache({ folder: home, bootId: currentOwner().bootId, now, maxEntries, maxBytes });
  const health = (): string | undefined => local.health();
  if (redis === undefined || cache.shared === undefined) {
    return { store: local, health, close: async () => local.close() };
  }
  return {
    store: sharedCache(local, redis, (address) => dependsOnMachine(address, configuration)),
    shared: { place: placeOf(cache.shared), health: () => redis.health(), check: () => redis.check() },
    health,
    close: async () => {
      local.close();
      await redis.close();
    },
  };
}

/** The sandbox is every machine's own, and nobody else's business. */
async function openRedis({ bridge, cache }: Configuration, now: () => number): Promise<RedisCache | undefined> {
  if (cache.shared === undefined || bridge.kind === 'sandbox') return undefined;
  const { createRedisCache } = await import('../adapters/redis/cache.ts');
  return createRedisCache({ ...cache.shared, now, maxEntryBytes: cache.maxBytes / 8 });
}

/** Commands, and servers that are processes here, may see what only this machine has: its files, for one. */
function dependsOnMachine({ server, tool }: CacheAddress, { mcpServers }: Configuration): boolean {
  if (tool === '') return server === 'run';
  return mcpServers.some(({ name, target }) => name === server && target.kind === 'stdio');
}
