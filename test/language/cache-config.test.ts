import { describe, expect, it } from 'vitest';
import { loadProjectConfig } from '../../src/language/project-config.ts';

function load(text: string, env: Record<string, string> = {}) {
  return loadProjectConfig(new TextEncoder().encode(text), { file: 'runner.yaml', env });
}

describe('`cache` in runner.yaml', () => {
  it('gives the settings that it names', async () => {
    const text =
      'cache: { enabled: false, ttl: 90s, max_entries: 500, max_bytes: 2MB, redis: "${URL}", namespace: ops }\n';

    const { config } = await load(text, { URL: 'redis://:sesame-1@far:6379' });

    expect(config?.cache).toEqual({
      enabled: false,
      ttlMs: 90_000,
      maxEntries: 500,
      maxBytes: 2 * 2 ** 20,
      redis: 'redis://:sesame-1@far:6379',
      namespace: 'ops',
    });
    expect(config?.expandedSecrets).toEqual(['redis://:sesame-1@far:6379']);
  });

  it.each([
    'cache: none',
    'cache: { ttl: 5 }',
    'cache: { max_bytes: 5 }',
    'cache: { max_entries: 0 }',
    'cache: { redis: "http://far" }',
    'cache: { namespace: "a b" }',
    'cache: { size: 5MB }',
  ])('refuses %s', async (text) => {
    expect((await load(`${text}\n`)).diagnostics).toMatchObject([{ line: 1, severity: 'error' }]);
  });
});
