import { describe, expect, it, onTestFinished } from 'vitest';
import { createRedisCache, type RedisCache, type RedisCacheOptions } from '../../../src/adapters/redis/cache.ts';
import { address, describeCache, entry } from '../../contracts/cache.ts';
import { freePort, startRedis } from '../../support/redis-server.ts';

const start = Date.UTC(2026, 0, 1);

/** The contract's times are virtual; an hour before them, so that Redis forgets nothing in the middle of a test. */
const early = start - 3_600_000;

/** Wide enough for a busy machine: what is tested here is not how fast Redis answers. */
const patient = 10_000;

describeCache('the cache in Redis', async () => open((await startRedis()).url));

describe('the cache in Redis', () => {
  it('is shared by processes', async () => {
    const { url } = await startRedis();
    const [mine, theirs] = [open(url), open(url)];

    mine.put(entry('a', { output: { n: 1 } }));
    await settled(mine);

    expect(await theirs.get(address('a'), start + 5)).toEqual({ output: { n: 1 }, ageMs: 5 });
  });

  it('does not give what another process has dropped', async () => {
    const { url } = await startRedis();
    const [mine, theirs] = [open(url), open(url)];
    mine.put(entry('a'));
    await settled(mine);

    theirs.dropServer('render', start + 1);
    await settled(theirs);

    expect(await mine.get(address('a'), start + 2)).toBeUndefined();
    expect(await mine.stats(start + 2)).toMatchObject({ entries: 0 });
  });

  it('ignores a read that a write of another process has overtaken', async () => {
    const { url } = await startRedis();
    const [mine, theirs] = [open(url), open(url)];
    theirs.dropServer('render', start + 10);
    await settled(theirs);

    mine.put(entry('a', { calledAt: start + 5 }));

    expect(await mine.get(address('a'), start + 20)).toBeUndefined();
  });

  it('keeps projects apart', async () => {
    const { url } = await startRedis();
    const [mine, other] = [open(url), open(url, { namespace: 'other' })];
    mine.put(entry('a'));
    await settled(mine);

    expect(await other.get(address('a'), start)).toBeUndefined();
    expect(await other.clear()).toBe(0);
    expect(await mine.get(address('a'), start)).toBeDefined();
  });

  it('leaves it to Redis to forget what has expired', async () => {
    const { url } = await startRedis();
    const cache = open(url, { now: () => start });
    cache.put(entry('a', { expiresAt: start + 1, keptUntil: start + 1 }));
    cache.put(entry('b', { expiresAt: start + 1, keptUntil: start + 3_600_000 }));
    await settled(cache);

    await expect.poll(async () => (await cache.stats(start)).entries).toBe(1);
  });

  it('does not share a huge result', async () => {
    const cache = open((await startRedis()).url, { maxEntryBytes: 1_000 });

    cache.put(entry('a', { output: 'x'.repeat(2_000) }));

    expect(await cache.get(address('a'), start)).toBeUndefined();
  });

  it('tells that Redis is there', async () => {
    const cache = open((await startRedis()).url);

    expect(await cache.check()).toBeUndefined();
    expect(cache.health()).toBeUndefined();
  });
});

describe('the cache in Redis, while Redis is away', () => {
  it('knows nothing, says why, and does not ask again for a while', async () => {
    const cache = open(`redis://127.0.0.1:${await freePort()}`);

    expect(await cache.get(address('a'), start)).toBeUndefined();

    expect(cache.health()).toContain('ECONNREFUSED');
    // No promise: the next ones do not even wait for the budget.
    expect(cache.get(address('a'), start)).toBeUndefined();
    cache.put(entry('a'));
    cache.dropServer('render', start);
    expect(await cache.clear()).toBe(0);
    expect(await cache.stats(start)).toEqual({ entries: 0, bytes: 0, expired: 0, byServer: [] });
  });

  it('gives up a Redis that accepts a connection and then says nothing', async () => {
    const redis = await startRedis();
    const cache = open(redis.url, { budgetMs: 50 });
    redis.freeze();

    expect(await cache.get(address('a'), start)).toBeUndefined();

    expect(cache.health()).toContain('50 ms');
    expect(cache.get(address('a'), start)).toBeUndefined();
    redis.thaw();
  });

  it('uses it again once it is back, and then tells it of the writes that it missed', async () => {
    const redis = await startRedis();
    const [mine, theirs] = [open(redis.url), open(redis.url)];
    await settled(theirs);
    mine.put(entry('a'));
    mine.put(entry('b', { server: 'github' }));
    await settled(mine);
    redis.freeze();
    const impatient = open(redis.url, { budgetMs: 50 });
    impatient.dropServer('render', start + 1);
    await impatient.get(address('b', { server: 'github' }), start);

    redis.thaw();

    await expect.poll(() => impatient.get(address('b', { server: 'github' }), start + 2)).toBeDefined();
    await expect.poll(() => theirs.get(address('a'), start + 2)).toBeUndefined();
  });

  it('never gives what this process knows to be overtaken, also when Redis does not know it yet', async () => {
    const redis = await startRedis();
    const cache = open(redis.url);
    cache.put(entry('a'));
    await settled(cache);

    cache.dropServer('render', start + 1);

    expect(await cache.get(address('a'), start + 2)).toBeUndefined();
  });

  it('reconnects to another one in its place', async () => {
    const first = await startRedis();
    const cache = open(first.url);
    await settled(cache);
    await first.stop();
    await cache.get(address('a'), start);

    await startRedis(first.port);

    await expect.poll(() => cache.check()).toBeUndefined();
    cache.put(entry('a'));
    await expect.poll(() => cache.get(address('a'), start)).toBeDefined();
  });

  it('says when the password is wrong, without saying the password', async () => {
    const { url } = await startRedis();
    const cache = open(url.replace('redis://', 'redis://user:hunter22@'));

    await cache.get(address('a'), start);

    await expect.poll(() => cache.health()).toMatch(/WRONGPASS|AUTH/);
    expect(cache.health()).not.toContain('hunter22');
  });

  it('closes at once', async () => {
    const cache = open(`redis://127.0.0.1:${await freePort()}`, { budgetMs: 50 });
    cache.put(entry('a'));

    await expect(cache.close()).resolves.toBeUndefined();
  });
});

function open(url: string, change: Partial<RedisCacheOptions> = {}): RedisCache {
  const cache = createRedisCache({ url, namespace: 'test', now: () => early, budgetMs: patient, ...change });
  onTestFinished(() => cache.close());
  return cache;
}

/** Commands of one connection are carried out in order: once this one is answered, all before it are done. */
async function settled(cache: RedisCache): Promise<void> {
  expect(await cache.check()).toBeUndefined();
}
