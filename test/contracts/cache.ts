import { beforeEach, describe, expect, it } from 'vitest';
import type { Awaitable, CacheAddress, CacheEntry, CacheHit, CacheStore } from '../../src/engine/ports.ts';

export interface CacheLimits {
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

const start = Date.UTC(2026, 0, 1);

/** The promises of the port `CacheStore`, kept by every implementation. */
export function describeCache(name: string, makeCache: () => Awaitable<CacheStore>): void {
  // oxlint-disable-next-line vitest/valid-title -- the title names the implementation under test
  describe(name, () => {
    let cache: CacheStore;

    beforeEach(async () => {
      cache = await makeCache();
    });

    it('gives a result back with its age, again and again', async () => {
      cache.put(entry('a', { output: { items: [1, null, 'ü'] } }));

      for (const age of [10, 20]) {
        expect(await look(cache, 'a', start + age)).toEqual({ output: { items: [1, null, 'ü'] }, ageMs: age });
      }
    });

    it('knows nothing of a key that was never stored', async () => {
      expect(await look(cache, 'a', start)).toBeUndefined();
    });

    it('does not give a result that has expired', async () => {
      cache.put(entry('a', { expiresAt: start + 100 }));

      expect(await look(cache, 'a', start + 99)).toBeDefined();
      expect(await look(cache, 'a', start + 100)).toBeUndefined();
    });

    it('keeps the result of the later call', async () => {
      cache.put(entry('a', { calledAt: start + 5, output: 'later' }));
      cache.put(entry('a', { calledAt: start, output: 'earlier' }));

      expect((await look(cache, 'a', start + 10))?.output).toBe('later');
    });

    it('replaces a result', async () => {
      cache.put(entry('a', { output: 'old' }));
      await look(cache, 'a', start);
      cache.put(entry('a', { output: 'new', calledAt: start + 1 }));

      expect((await look(cache, 'a', start + 2))?.output).toBe('new');
      expect((await cache.stats(start)).entries).toBe(1);
    });

    it('forgets the results of a server that was written to, and only those', async () => {
      cache.put(entry('a', { server: 'render' }));
      cache.put(entry('b', { server: 'github' }));
      await look(cache, 'a', start);

      cache.dropServer('render', start + 1);

      expect(await look(cache, 'a', start + 2)).toBeUndefined();
      expect(await look(cache, 'b', start + 2, { server: 'github' })).toBeDefined();
    });

    it('ignores the result of a read that a write has overtaken', async () => {
      cache.put(entry('z'));
      cache.dropServer('render', start + 10);

      cache.put(entry('a', { calledAt: start + 9 }));
      cache.put(entry('b', { calledAt: start + 11 }));

      expect(await look(cache, 'a', start + 20)).toBeUndefined();
      expect(await look(cache, 'b', start + 20)).toBeDefined();
    });

    it('ignores an overtaken read also when nothing was stored before the write', async () => {
      cache.dropServer('render', start + 10);

      cache.put(entry('a', { calledAt: start + 9 }));

      expect(await look(cache, 'a', start + 20)).toBeUndefined();
    });

    it('clears all, a server, or one of its tools, and tells how many results that were', async () => {
      cache.put(entry('a', { server: 'render', tool: 'get' }));
      cache.put(entry('b', { server: 'render', tool: 'list' }));
      cache.put(entry('c', { server: 'github', tool: 'get' }));
      cache.put(entry('d', { server: 'github', tool: 'list' }));

      expect(await cache.clear({ server: 'render', tool: 'get' })).toBe(1);
      expect(await cache.clear({ server: 'github' })).toBe(2);
      expect(await look(cache, 'b', start, { tool: 'list' })).toBeDefined();
      expect(await cache.clear()).toBe(1);
      expect(await look(cache, 'b', start, { tool: 'list' })).toBeUndefined();
    });

    it('counts what it holds', async () => {
      cache.put(entry('a', { server: 'render', output: 'xx' }));
      cache.put(entry('b', { server: 'render', output: 'xx', expiresAt: start + 1 }));
      cache.put(entry('c', { server: 'github', output: 'ü' }));

      expect(await cache.stats(start + 5)).toEqual({
        entries: 3,
        bytes: 12,
        expired: 1,
        byServer: [
          { server: 'render', entries: 2 },
          { server: 'github', entries: 1 },
        ],
      });
    });

    it('gives an expired result only to who takes a stale one, and not for longer', async () => {
      cache.put(entry('a', { expiresAt: start + 100, keptUntil: start + 1_000 }));

      expect(await look(cache, 'a', start + 500)).toBeUndefined();
      expect(await cache.get(address('a'), start + 500, 900)).toEqual({ output: 1, ageMs: 500 });
      expect(await cache.get(address('a'), start + 500, 300)).toBeUndefined();
    });

    it('does not give a stale result that a write has overtaken', async () => {
      cache.put(entry('a', { expiresAt: start + 100, keptUntil: start + 1_000 }));
      cache.dropServer('render', start + 200);

      expect(await cache.get(address('a'), start + 500, 900)).toBeUndefined();
    });

    it('tells servers and tools apart whose names are unusual', async () => {
      cache.put(entry('a', { server: 'a/b', tool: 'c*', version: '2:1' }));
      cache.put(entry('b', { server: 'a', tool: 'cd', version: '2' }));

      expect(await look(cache, 'a', start, { server: 'a/b', tool: 'c*', version: '2:1' })).toBeDefined();
      expect(await cache.clear({ server: 'a', tool: 'c*' })).toBe(0);
      expect(await cache.clear({ server: 'a/b', tool: 'c*' })).toBe(1);
      expect(await cache.clear({ server: 'a', tool: 'cd' })).toBe(1);
    });
  });
}

/** What implementations promise that keep to a size themselves. */
export function describeBoundedCache(name: string, makeCache: (limits: CacheLimits) => CacheStore): void {
  // oxlint-disable-next-line vitest/valid-title -- the title names the implementation under test
  describe(`${name}, full`, () => {
    it('makes room by forgetting what was used least recently', async () => {
      const cache = makeCache({ maxEntries: 2 });
      cache.put(entry('a'));
      cache.put(entry('b', { calledAt: start + 1 }));
      await look(cache, 'a', start + 120_000);

      cache.put(entry('c', { calledAt: start + 240_000 }));

      expect(await look(cache, 'b', start + 240_001)).toBeUndefined();
      expect(await look(cache, 'a', start + 240_001)).toBeDefined();
    });

    it('makes room by forgetting what has expired first', async () => {
      const cache = makeCache({ maxEntries: 2 });
      cache.put(entry('a'));
      cache.put(entry('b', { calledAt: start + 1, expiresAt: start + 2 }));

      cache.put(entry('c', { calledAt: start + 3 }));

      expect(await look(cache, 'a', start + 4)).toBeDefined();
    });

    it('holds no more bytes than it may', async () => {
      const cache = makeCache({ maxBytes: 10_000 });

      for (let n = 0; n < 50; n += 1) cache.put(entry(`k${n}`, { output: 'x'.repeat(998), calledAt: start + n }));

      expect(await cache.stats(start)).toMatchObject({ entries: 10, bytes: 10_000 });
      expect(await look(cache, 'k49', start + 50)).toBeDefined();
    });

    it('does not empty itself for one huge result', async () => {
      const cache = makeCache({ maxBytes: 10_000 });
      cache.put(entry('a'));

      cache.put(entry('huge', { output: 'x'.repeat(9_000) }));

      expect(await look(cache, 'a', start)).toBeDefined();
      expect(await look(cache, 'huge', start)).toBeUndefined();
    });
  });
}

export function address(key: string, change: Partial<CacheAddress> = {}): CacheAddress {
  return { key, server: 'render', tool: 'get', scope: 'project', ...change };
}

export function entry(key: string, change: Partial<CacheEntry> = {}): CacheEntry {
  const expiresAt = change.expiresAt ?? start + 300_000;
  return { ...address(key), output: 1, calledAt: start, expiresAt, keptUntil: expiresAt, ...change };
}

function look(
  cache: CacheStore,
  key: string,
  now: number,
  change: Partial<CacheAddress> = {},
): Awaitable<CacheHit | undefined> {
  return cache.get(address(key, change), now);
}
