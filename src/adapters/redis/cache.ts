import type { Redis } from 'ioredis';
import type { CacheAddress, CacheEntry, CacheFilter, CacheHit, CacheStats, CacheStore } from '../../engine/ports.ts';
import type { EpochMs } from '../../model/time.ts';
import { RedisConnection, type Answer } from './connection.ts';
import { headerBytes, hitOf, isOvertaken, Layout, readHeader, toText } from './layout.ts';
import { dropScript, putScript } from './scripts.ts';

export interface RedisCacheOptions {
  /** `redis://` or `rediss://`, with user and password where Redis asks for them. */
  readonly url: string;
  /** Projects of the same name share their results. */
  readonly namespace: string;
  readonly now: () => EpochMs;
  /** The largest result that is shared. */
  readonly maxEntryBytes?: number;
  /** What a call of the cache may take at most. */
  readonly budgetMs?: number;
}

export interface RedisCache extends CacheStore {
  /** Asks Redis whether it is there. @returns why it does not answer; undefined when it does */
  check(): Promise<string | undefined>;
  /** Why Redis was of no use the last time; undefined while all is well. */
  health(): string | undefined;
  /** Waits for what is on its way, within the budget. */
  close(): Promise<void>;
}

/**
 * Results of reads in Redis, shared by all that use the same namespace. Redis being away or slow costs at most the
 * budget, once in a while, and makes every look-up a miss. Expiry is Redis's own, and so is the limit of its memory.
 */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  return new SharedCache(options);
}

/** For what a person asks: it goes through all keys. */
const patientBudgetMs = 5_000;

class SharedCache implements RedisCache {
  readonly #layout: Layout;
  readonly #connection: RedisConnection;
  readonly #now: () => EpochMs;
  readonly #maxEntryBytes: number;
  /** Writes that Redis has not been told of yet: what it holds of these servers must not be used. */
  readonly #untold = new Map<string, EpochMs>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor({ url, namespace, now, maxEntryBytes = 8 * 2 ** 20, budgetMs = 50 }: RedisCacheOptions) {
    this.#layout = new Layout(namespace);
    this.#now = now;
    this.#maxEntryBytes = maxEntryBytes;
    this.#connection = new RedisConnection({ url, budgetMs, onReady: () => this.#tellDrops() });
    this.#connection.warmUp();
  }

  serves(): boolean {
    return this.#connection.isUsable();
  }

  get(address: CacheAddress, now: EpochMs, staleMs = 0): Promise<CacheHit | undefined> | undefined {
    const untold = this.#untold.get(address.server);
    const told = untold === undefined ? undefined : this.#tellDrop(address.server, untold);
    const keys = [this.#layout.entry(address), this.#layout.drop(address.server)];
    const asked = this.#connection.ask((redis) => redis.mget(keys));
    return asked?.then(async (answer) => {
      await told;
      if (this.#untold.has(address.server)) return undefined;
      const [text, droppedAt] = answer?.value ?? [];
      return hitOf({ text, droppedAt }, now, staleMs);
    });
  }

  put(entry: CacheEntry): void {
    const text = toText(entry);
    const ttlMs = Math.ceil(entry.keptUntil - this.#now());
    if (Buffer.byteLength(text) > this.#maxEntryBytes || ttlMs <= 0) return;
    if (entry.calledAt <= (this.#untold.get(entry.server) ?? -1)) return;
    const [key, drop] = [this.#layout.entry(entry), this.#layout.drop(entry.server)];
    const calledAt = Math.trunc(entry.calledAt);
    void this.#send((redis) => redis.eval(putScript, 2, key, drop, text, calledAt, ttlMs));
  }

  dropServer(server: string, at: EpochMs): void {
    this.#untold.set(server, Math.max(Math.trunc(at), this.#untold.get(server) ?? 0));
    this.#tellDrops();
  }

  async clear(filter: CacheFilter = {}): Promise<number> {
    const cleared = await this.#connection.ask(async (redis) => {
      const found = await this.#list(redis, filter);
      if (found.length > 0) await redis.unlink(found.map(({ key }) => key));
      return found.filter(({ isUsable }) => isUsable).length;
    }, patientBudgetMs);
    return cleared?.value ?? 0;
  }

  async stats(now: EpochMs): Promise<CacheStats> {
    const listed = await this.#connection.ask((redis) => this.#list(redis, {}), patientBudgetMs);
    return summarize(
      (listed?.value ?? []).filter(({ isUsable }) => isUsable),
      now,
    );
  }

  async check(): Promise<string | undefined> {
    const answer = await this.#connection.ask((redis) => redis.ping(), patientBudgetMs);
    return answer === undefined ? (this.health() ?? 'It does not answer.') : undefined;
  }

  health(): string | undefined {
    return this.#connection.fault();
  }

  async close(): Promise<void> {
    this.#tellDrops();
    await Promise.all(this.#underWay);
    await this.#connection.close();
  }

  #tellDrops(): void {
    for (const [server, at] of this.#untold) void this.#tellDrop(server, at);
  }

  async #tellDrop(server: string, at: EpochMs): Promise<void> {
    const told = await this.#send((redis) => redis.eval(dropScript, 1, this.#layout.drop(server), at));
    if (told !== undefined && this.#untold.get(server) === at) this.#untold.delete(server);
  }

  /** Sends without waiting. Commands reach Redis in the order in which they were sent. */
  #send(command: (redis: Redis) => Promise<unknown>): Promise<Answer<unknown>> | undefined {
    const sent = this.#connection.ask(command);
    if (sent === undefined) return undefined;
    this.#underWay.add(sent);
    void sent.finally(() => this.#underWay.delete(sent));
    return sent;
  }

  async #list(redis: Redis, filter: CacheFilter): Promise<readonly Listed[]> {
    const keys = new Set<string>();
    for (const pattern of this.#layout.patterns(filter)) {
      for await (const found of redis.scanStream({ match: pattern, count: 1_000 })) {
        for (const key of found as readonly string[]) keys.add(key);
      }
    }
    const servers = new Set([...keys].map((key) => this.#layout.serverOf(key)));
    const drops = new Map<string, string | null>();
    for (const server of servers) drops.set(server, await redis.get(this.#layout.drop(server)));
    return Promise.all([...keys].map((key) => this.#describe(redis, key, drops)));
  }

  /** Without reading the output, which may be large. Commands of one turn go out together. */
  async #describe(redis: Redis, key: string, drops: ReadonlyMap<string, string | null>): Promise<Listed> {
    const server = this.#layout.serverOf(key);
    const [header, length] = await Promise.all([redis.getrange(key, 0, headerBytes - 1), redis.strlen(key)]);
    const { calledAt, expiresAt } = readHeader(header);
    const isUsable = header !== '' && !isOvertaken(calledAt, drops.get(server));
    return { key, server, expiresAt, bytes: length - headerBytes, isUsable };
  }
}

interface Listed {
  readonly key: string;
  readonly server: string;
  readonly expiresAt: EpochMs;
  readonly bytes: number;
  /** False: it has expired meanwhile, or a write has overtaken it. */
  readonly isUsable: boolean;
}

function summarize(listed: readonly Listed[], now: EpochMs): CacheStats {
  const counts = new Map<string, number>();
  for (const { server } of listed) counts.set(server, (counts.get(server) ?? 0) + 1);
  const byServer = [...counts].map(([server, entries]) => ({ server, entries }));
  return {
    entries: listed.length,
    bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
    expired: listed.filter(({ expiresAt }) => expiresAt <= now).length,
    byServer: byServer.toSorted((a, b) => b.entries - a.entries || (a.server < b.server ? -1 : 1)),
  };
}
