import type { CacheAddress, CacheEntry, CacheFilter, CacheHit, CacheStats, CacheStore } from '../../engine/ports.ts';
import type { Json } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import { cacheSpec, prepareCache, type CacheStatements, type EntryRow } from './cache-schema.ts';
import { DisposableStore } from './disposable-store.ts';
import { RecentOutputs, type RecentOutput } from './recent-outputs.ts';

export interface CacheOptions {
  /** Created when it is missing, with the first result; the file in it is `cache.db`. */
  readonly folder: string;
  /** Changes with every start of the machine; results from before a restart are forgotten. */
  readonly bootId: string;
  readonly now: () => EpochMs;
  /** The results used least recently go first. */
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

/** A cache in this process: it answers at once. */
export interface SqliteCache extends CacheStore {
  get(address: CacheAddress, now: EpochMs, staleMs?: number): CacheHit | undefined;
  clear(filter?: CacheFilter): number;
  stats(now: EpochMs): CacheStats;
  /** The last fault that kept it from working; undefined while all is well. */
  health(): string | undefined;
  close(): void;
}

/** Results of reads in one SQLite file, which is opened at its first use. Never throws: a fault is a miss. */
export function createSqliteCache(options: CacheOptions): SqliteCache {
  return new CacheFile(options);
}

/** Noting each use would make every hit a write. */
const useResolutionMs = 60_000;
/** What has expired takes room until then at the latest, as long as results are stored. */
const cleanUpEveryMs = 60_000;

class CacheFile implements SqliteCache {
  readonly #store: DisposableStore<CacheStatements>;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #recent = new RecentOutputs();
  /** Drops that could not be written yet; they hold in this process all the same. */
  readonly #unwrittenDrops = new Map<string, EpochMs>();
  #cleanedUpAt = 0;

  constructor({ folder, bootId, now, maxEntries = 10_000, maxBytes = 64 * 2 ** 20 }: CacheOptions) {
    this.#store = new DisposableStore(cacheSpec(folder), (db) => prepareCache(db, bootId), now);
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  serves(): boolean {
    return this.#store.isUsable();
  }

  get({ key }: CacheAddress, now: EpochMs, staleMs = 0): CacheHit | undefined {
    if (!this.#store.exists()) return undefined;
    this.#writeDrops();
    const used = this.#store.use((sql) => this.#look(sql, key, { now, staleMs }));
    return used.ok ? used.value : undefined;
  }

  put(entry: CacheEntry): void {
    const row = toRow(entry);
    if (row.bytes > this.#maxBytes / 8 || entry.calledAt <= (this.#unwrittenDrops.get(entry.server) ?? -1)) return;
    this.#recent.forget(entry.key);
    this.#writeDrops();
    this.#store.write((sql) => {
      const droppedAt = sql.droppedAt.get(entry.server);
      if (droppedAt !== undefined && entry.calledAt <= droppedAt) return;
      sql.put.run(row);
      this.#makeRoom(sql, entry.calledAt);
    });
  }

  dropServer(server: string, at: EpochMs): void {
    this.#recent.clear();
    this.#unwrittenDrops.set(server, Math.max(Math.trunc(at), this.#unwrittenDrops.get(server) ?? 0));
    // Where nothing has been cached yet there is nothing to forget, and no reason to begin a file.
    if (this.#store.exists()) this.#writeDrops();
  }

  clear(filter: CacheFilter = {}): number {
    this.#recent.clear();
    if (!this.#store.exists()) return 0;
    const used = this.#store.write((sql) => {
      const before = sql.totals.get()?.entries ?? 0;
      sql.clear.run(filter.server ?? null, filter.tool ?? null);
      return before - (sql.totals.get()?.entries ?? 0);
    });
    return used.ok ? used.value : 0;
  }

  stats(now: EpochMs): CacheStats {
    const nothing: CacheStats = { entries: 0, bytes: 0, expired: 0, byServer: [] };
    if (!this.#store.exists()) return nothing;
    const used = this.#store.use((sql) => ({
      ...(sql.totals.get() ?? nothing),
      expired: sql.expired.get(Math.trunc(now)) ?? 0,
      byServer: sql.byServer.all(),
    }));
    return used.ok ? used.value : nothing;
  }

  health(): string | undefined {
    return this.#store.health();
  }

  close(): void {
    if (this.#store.exists()) this.#writeDrops();
    this.#store.close();
  }

  #look(
    sql: CacheStatements,
    key: string,
    { now, staleMs }: { readonly now: EpochMs; readonly staleMs: number },
  ): CacheHit | undefined {
    this.#recent.validate(sql.version.get());
    const entry = this.#recent.get(key) ?? this.#readEntry(sql, key);
    if (entry === undefined || entry.expires_at + staleMs <= now) return undefined;
    if (this.#unwrittenDrops.has(entry.server)) return undefined;
    if (now - entry.used_at >= useResolutionMs) {
      sql.touch.run(Math.trunc(now), key);
      entry.used_at = Math.trunc(now);
    }
    return { output: entry.value, ageMs: now - entry.called_at };
  }

  #readEntry(sql: CacheStatements, key: string): RecentOutput | undefined {
    const row = sql.get.get(key);
    return row && this.#recent.keep(row);
  }

  #writeDrops(): void {
    if (this.#unwrittenDrops.size === 0) return;
    const written = this.#store.write((sql) => {
      for (const [server, at] of this.#unwrittenDrops) {
        sql.noteDrop.run(server, at);
        sql.removeServer.run(server);
      }
    });
    if (written.ok) this.#unwrittenDrops.clear();
  }

  #makeRoom(sql: CacheStatements, now: EpochMs): void {
    if (!this.#isOverfull(sql) && now - this.#cleanedUpAt < cleanUpEveryMs) return;
    this.#cleanedUpAt = now;
    sql.removeEnded.run(Math.trunc(now));
    while (this.#isOverfull(sql)) sql.removeLeastUsed.run();
    this.#recent.clear();
  }

  #isOverfull(sql: CacheStatements): boolean {
    const { entries, bytes } = sql.totals.get() ?? { entries: 0, bytes: 0 };
    return entries > this.#maxEntries || bytes > this.#maxBytes;
  }
}

function toRow({ key, server, tool, output, calledAt, expiresAt, keptUntil }: CacheEntry): EntryRow {
  const text: string = JSON.stringify(output satisfies Json);
  const called = Math.trunc(calledAt);
  const bytes = Buffer.byteLength(text);
  return {
    key,
    server,
    tool,
    output: text,
    bytes,
    called_at: called,
    expires_at: Math.trunc(expiresAt),
    used_at: called,
    kept_until: Math.trunc(keptUntil),
  };
}
