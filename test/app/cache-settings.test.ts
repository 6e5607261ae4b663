import { describe, expect, it } from 'vitest';
import { chooseCacheSettings, placeOf, secretsOfCache } from '../../src/app/cache-settings.ts';
import { readEnvironment } from '../../src/app/environment.ts';

describe('the settings of the cache', () => {
  it('have defaults', () => {
    expect(chooseCacheSettings({}, undefined, '/srv/ops')).toEqual({
      enabled: true,
      enabledFrom: 'built-in',
      ttlMs: 300_000,
      maxEntries: 10_000,
      maxBytes: 64 * 2 ** 20,
    });
  });

  it('come from runner.yaml', () => {
    const file = { enabled: false, ttlMs: 1_000, maxEntries: 5, maxBytes: 4_096, redis: 'redis://far', namespace: 'n' };

    expect(chooseCacheSettings({}, file, '/srv/ops')).toEqual({
      enabled: false,
      enabledFrom: 'runner.yaml',
      ttlMs: 1_000,
      maxEntries: 5,
      maxBytes: 4_096,
      shared: { url: 'redis://far', namespace: 'n' },
    });
  });

  it('come from the environment first', () => {
    const environment = readEnvironment({
      MCP_CACHE_ENABLED: 'true',
      MCP_CACHE_DEFAULT_TTL: '7',
      MCP_CACHE_REDIS_URL: 'rediss://near:1',
    });

    const file = { enabled: false, ttlMs: 1_000, redis: 'redis://far' };
    expect(chooseCacheSettings(environment, file, '/srv/ops')).toMatchObject({
      enabled: true,
      enabledFrom: 'MCP_CACHE_ENABLED',
      ttlMs: 7_000,
      shared: { url: 'rediss://near:1', namespace: 'ops' },
    });
  });

  it('refuse an address that is not of a Redis, without repeating it', () => {
    const variables = { MCP_CACHE_REDIS_URL: 'http://:hunter22@far' };

    expect(() => readEnvironment(variables)).toThrow(/MCP_CACHE_REDIS_URL/);
    expect(() => readEnvironment(variables)).not.toThrow(/hunter22/);
  });

  it('show the place of the Redis, but neither user nor password', () => {
    const settings = chooseCacheSettings({}, { redis: 'redis://ops:hunter%2022@far:6380/2' }, '/srv/ops');

    expect(settings.shared && placeOf(settings.shared)).toBe('redis://far:6380/2');
    expect(secretsOfCache(settings)).toEqual(['hunter%2022', 'hunter 22']);
  });
});
