import { basename } from 'node:path';
import type { EnvironmentSettings } from './environment.ts';

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

/** What `cache` in `runner.yaml` says. */
export interface CacheFileSettings {
  readonly enabled?: boolean;
  readonly ttlMs?: number;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
  readonly redis?: string;
  readonly namespace?: string;
}

const builtIn = { ttlMs: 300_000, maxEntries: 10_000, maxBytes: 64 * 2 ** 20 } as const;

export function chooseCacheSettings(
  environment: EnvironmentSettings,
  file: CacheFileSettings | undefined,
  projectRoot: string,
): CacheSettings {
  const url = environment.cacheRedis ?? file?.redis;
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
  file: CacheFileSettings | undefined,
): Pick<CacheSettings, 'enabled' | 'enabledFrom'> {
  if (cacheEnabled !== undefined) return { enabled: cacheEnabled, enabledFrom: 'MCP_CACHE_ENABLED' };
  if (file?.enabled !== undefined) return { enabled: file.enabled, enabledFrom: 'runner.yaml' };
  return { enabled: true, enabledFrom: 'built-in' };
}

/** The password in the address of the shared cache, which may not be shown anywhere. */
export function secretsOfCache({ shared }: CacheSettings): readonly string[] {
  if (shared === undefined || !URL.canParse(shared.url)) return [];
  const { password } = new URL(shared.url);
  return password === '' ? [] : [password, decodeURIComponent(password)];
}

/** The address of the shared cache for people: without user and password. */
export function placeOf({ url }: SharedCacheSettings): string {
  if (!URL.canParse(url)) return 'Redis';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
