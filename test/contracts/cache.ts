import { beforeEach, describe, expect, it } from 'vitest';
import type { CacheEntry, CacheStore } from '../../src/engine/ports.ts';

export interface CacheLimits {
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

const start = Date.UTC(2026, 0, 1);

/** The promises of the port `CacheStore`, kept by every implementation. */
export function describeCache(name: string, makeCache: (limits: CacheLimits) => CacheStore): void {
  // oxlint-disable-next-line vitest/valid-title -- the title names the implementation under test
  describe(name, () => {
    let cache: CacheStore;

    beforeEach(() => {
      cache = makeCache({});
    });

    it('gives a result back with its age, again and again', () => {
      cache.put(entry('a', { output: { items: [1, null, 'ü'] } }));

      for (const age of [10, 20]) {
        expect(cache.get('a', start + age)).toEqual({ output: { items: [1, null, 'ü'] }, ageMs: age });
      }
    });

    it('knows nothing of a key that was never stored', () => {
      expect(cache.get('a', start)).toBeUndefined();
    });

    it('does not give a result that has expired', () => {
      cache.put(entry('a', { expiresAt: start + 100 }));

      expect(cache.get('a', start + 99)).toBeDefined();
      expect(cache.get('a', start + 100)).toBeUndefined();
    });

    it('keeps the result of the later call', () => {
      cache.put(entry('a', { calledAt: start + 5, output: 'later' }));
      cache.put(entry('a', { calledAt: start, output: 'earlier' }));

      expect(cache.get('a', start + 10)?.output).toBe('later');
    });

    it('replaces a result', () => {
      cache.put(entry('a', { output: 'old' }));
      cache.get('a', start);
      cache.put(entry('a', { output: 'new', calledAt: start + 1 }));

      expect(cache.get('a', start + 2)?.output).toBe('new');
      expect(cache.stats(start).entries).toBe(1);
    });

    it('forgets the results of a server that was written to, and only those', () => {
      cache.put(entry('a', { server: 'render' }));
      cache.put(entry('b', { server: 'github' }));
      cache.get('a', start);

      cache.dropServer('render', start + 1);

      expect(cache.get('a', start + 2)).toBeUndefined();
      expect(cache.get('b', start + 2)).toBeDefined();
    });

    it('ignores the result of a read that a write has overtaken', () => {
      cache.put(entry('z'));
      cache.dropServer('render', start + 10);

      cache.put(entry('a', { calledAt: start + 9 }));
      cache.put(entry('b', { calledAt: start + 11 }));

      expect(cache.get('a', start + 20)).toBeUndefined();
      expect(cache.get('b', start + 20)).toBeDefined();
    });

    it('ignores an overtaken read also when nothing was stored before the write', () => {
      cache.dropServer('render', start + 10);

      cache.put(entry('a', { calledAt: start + 9 }));

      expect(cache.get('a', start + 20)).toBeUndefined();
    });

    it('clears all, a server, or one of its tools, and tells how many results that were', () => {
      cache.put(entry('a', { server: 'render', tool: 'get' }));
      cache.put(entry('b', { server: 'render', tool: 'list' }));
      cache.put(entry('c', { server: 'github', tool: 'get' }));
      cache.put(entry('d', { server: 'github', tool: 'list' }));

      expect(cache.clear({ server: 'render', tool: 'get' })).toBe(1);
      expect(cache.clear({ server: 'github' })).toBe(2);
      expect(cache.get('b', start)).toBeDefined();
      expect(cache.clear()).toBe(1);
      expect(cache.get('b', start)).toBeUndefined();
    });

    it('counts what it holds', () => {
      cache.put(entry('a', { server: 'render', output: 'xx' }));
      cache.put(entry('b', { server: 'render', output: 'xx', expiresAt: start + 1 }));
      cache.put(entry('c', { server: 'github', output: 'ü' }));

      expect(cache.stats(start + 5)).toEqual({
        entries: 3,
        bytes: 12,
        expired: 1,
        byServer: [
          { server: 'render', entries: 2 },
          { server: 'github', entries: 1 },
        ],
      });
    });

    it('makes room by forgetting what was used least recently', () => {
      cache = makeCache({ maxEntries: 2 });
      cache.put(entry('a'));
      cache.put(entry('b', { calledAt: start + 1 }));
      cache.get('a', start + 120_000);

      cache.put(entry('c', { calledAt: start + 240_000 }));

      expect(cache.get('b', start + 240_001)).toBeUndefined();
      expect(cache.get('a', start + 240_001)).toBeDefined();
    });

    it('makes room by forgetting what has expired first', () => {
      cache = makeCache({ maxEntries: 2 });
      cache.put(entry('a'));
      cache.put(entry('b', { calledAt: start + 1, expiresAt: start + 2 }));

      cache.put(entry('c', { calledAt: start + 3 }));

      expect(cache.get('a', start + 4)).toBeDefined();
    });

    it('holds no more bytes than it may', () => {
      cache = makeCache({ maxBytes: 10_000 });

      for (let n = 0; n < 50; n += 1) cache.put(entry(`k${n}`, { output: 'x'.repeat(998), calledAt: start + n }));

      expect(cache.stats(start)).toMatchObject({ entries: 10, bytes: 10_000 });
      expect(cache.get('k49', start + 50)).toBeDefined();
    });

    it('does not empty itself for one huge result', () => {
      cache = makeCache({ maxBytes: 10_000 });
      cache.put(entry('a'));

      cache.put(entry('huge', { output: 'x'.repeat(9_000) }));

      expect(cache.get('a', start)).toBeDefined();
      expect(cache.get('huge', start)).toBeUndefined();
    });
  });
}

export function entry(key: string, change: Partial<CacheEntry> = {}): CacheEntry {
  return { key, server: 'render', tool: 'get', output: 1, calledAt: start, expiresAt: start + 300_000, ...change };
}
