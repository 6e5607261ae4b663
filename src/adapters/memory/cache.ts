import type { CacheAddress, CacheEntry, CacheFilter, CacheHit, CacheStats, CacheStore } from '../../engine/ports.ts';
import type { EpochMs } from '../../model/time.ts';

/** Results of reads that are forgotten with the process; the ones used least recently go first. */
export function createMemoryCache(
  limits: { readonly maxEntries?: number; readonly maxBytes?: number } = {},
): CacheStore {
  return new MemoryCache(limits.maxEntries ?? 10_000, limits.maxBytes ?? 64 * 2 ** 20);
}

interface Kept extends CacheEntry {
  readonly bytes: number;
}

class MemoryCache implements CacheStore {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  /** In order of use, the oldest first. */
  readonly #entries = new Map<string, Kept>();
  readonly #drops = new Map<string, EpochMs>();
  #bytes = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  serves(): boolean {
    return true;
  }

  get({ key }: CacheAddress, now: EpochMs, staleMs = 0): CacheHit | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt + staleMs <= now) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { output: structuredClone(entry.output), ageMs: now - entry.calledAt };
  }

  put(entry: CacheEntry): void {
    const { key, server, output, calledAt } = entry;
    const bytes = new TextEncoder().encode(JSON.stringify(output)).length;
    if (bytes > this.#maxBytes / 8 || calledAt <= (this.#drops.get(server) ?? -1)) return;
    if (calledAt < (this.#entries.get(key)?.calledAt ?? 0)) return;
    this.#remove(key);
    this.#entries.set(key, { ...structuredClone(entry), bytes });
    this.#bytes += bytes;
    if (this.#isOverfull()) this.#removeWhere(({ keptUntil }) => keptUntil <= calledAt);
    for (const oldest of this.#entries.keys()) {
      if (!this.#isOverfull()) return;
      this.#remove(oldest);
    }
  }

  dropServer(server: string, at: EpochMs): void {
    this.#drops.set(server, Math.max(at, this.#drops.get(server) ?? 0));
    this.#removeWhere((entry) => entry.server === server);
  }

  clear({ server, tool }: CacheFilter = {}): number {
    const before = this.#entries.size;
    this.#removeWhere(
      (entry) => (server === undefined || entry.server === server) && (tool === undefined || entry.tool === tool),
    );
    return before - this.#entries.size;
  }

  stats(now: EpochMs): CacheStats {
    const counts = new Map<string, number>();
    for (const { server } of this.#entries.values()) counts.set(server, (counts.get(server) ?? 0) + 1);
    const byServer = [...counts].map(([server, entries]) => ({ server, entries }));
    return {
      entries: this.#entries.size,
      bytes: this.#bytes,
      expired: [...this.#entries.values()].filter(({ expiresAt }) => expiresAt <= now).length,
      byServer: byServer.toSorted((a, b) => b.entries - a.entries || (a.server < b.server ? -1 : 1)),
    };
  }

  #removeWhere(matches: (entry: Kept) => boolean): void {
    for (const entry of this.#entries.values()) if (matches(entry)) this.#remove(entry.key);
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  #isOverfull(): boolean {
    return this.#entries.size > this.#maxEntries || this.#bytes > this.#maxBytes;
  }
}
