import { basename } from 'node:path';
import type { CacheConfig } from '../language/cache-config.ts';
import type { EnvironmentSettings } from './environment.ts';
import { passwordsOf, requireReadableLogin } from './login.ts';

/** How results of reads are kept, after precedence. */
export interface CacheSettings {
  /** Where nobody has switched it at run time. */
  readonly enabled: boolean;
  readonly enabledFrom: 'MCP_CACHE_ENABLED' | 'runner.yaml' | 'built-in';
  readonly ttlMs: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Absent: every machine keeps its own. */
  readonly shared?: SharedCacheSettings;
}

export interface SharedCacheSettings {
  /** Of a Redis; may hold a password. */
  readonly url: string;
  /** Projects of the same name share their results. */
  readonly namespace: string;
}

const builtIn = { ttlMs: 300_000, maxEntries: 10_000, maxBytes: 64 * 2 ** 20 } as const;

/** @throws RunnerError CONFIG_INVALID for a login in the address of Redis that cannot be read */
export function chooseCacheSettings(
  environment: EnvironmentSettings,
  file: CacheConfig | undefined,
  projectRoot: string,
): CacheSettings {
  const url = environment.cacheRedis ?? file?.redis;
  if (url !== undefined) {
    requireReadableLogin(
      url,
      `the cache in ${environment.cacheRedis === undefined ? 'runner.yaml' : 'MCP_CACHE_REDIS_URL'}`,
    );
  }
  return {
    ...chooseEnabled(environment, file),
    ttlMs: environment.cacheTtlMs ?? file?.ttlMs ?? builtIn.ttlMs,
    maxEntries: file?.maxEntries ?? builtIn.maxEntries,
    maxBytes: file?.maxBytes ?? builtIn.maxBytes,
    ...(url === undefined ? {} : { shared: { url, namespace: file?.namespace ?? basename(projectRoot) } }),
  };
}

function chooseEnabled(
  { cacheEnabled }: EnvironmentSettings,
  file: CacheConfig | undefined,
): Pick<CacheSettings, 'enabled' | 'enabledFrom'> {
  if (cacheEnabled !== undefined) return { enabled: cacheEnabled, enabledFrom: 'MCP_CACHE_ENABLED' };
  if (file?.enabled !== undefined) return { enabled: file.enabled, enabledFrom: 'runner.yaml' };
  return { enabled: true, enabledFrom: 'built-in' };
}

/** The password in the address of the shared cache, which may not be shown anywhere. */
export function secretsOfCache({ shared }: CacheSettings): readonly string[] {
  return shared === undefined ? [] : passwordsOf(shared.url);
}

/** The address of the shared cache for people: without user and password. */
export function placeOf({ url }: SharedCacheSettings): string {
  if (!URL.canParse(url)) return 'Redis';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
