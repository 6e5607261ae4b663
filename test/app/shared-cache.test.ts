import { describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../src/adapters/memory/cache.ts';
import { createMemoryTelemetry } from '../../src/adapters/memory/telemetry.ts';
import { sharedCache } from '../../src/app/shared-cache.ts';
import { switchedCache, switchedTelemetry } from '../../src/app/switched-cache.ts';
import { address, describeCache, entry } from '../contracts/cache.ts';

const start = Date.UTC(2026, 0, 1);

describeCache('two caches as one', () => sharedCache(createMemoryCache(), createMemoryCache(), () => false));

describe('two caches as one', () => {
  it('share what is of use to the project, and keep the rest here', async () => {
    const [here, there] = [createMemoryCache(), createMemoryCache()];
    const cache = sharedCache(here, there, ({ server }) => server === 'files');

    cache.put(entry('a'));
    cache.put(entry('b', { scope: 'run' }));
    cache.put(entry('c', { server: 'files' }));

    expect((await there.stats(start)).byServer).toEqual([{ server: 'render', entries: 1 }]);
    expect((await here.stats(start)).entries).toBe(2);
    expect((await cache.stats(start)).byServer).toEqual([
      { server: 'render', entries: 2 },
      { server: 'files', entries: 1 },
    ]);
    expect(await cache.get(address('c', { server: 'files' }), start)).toBeDefined();
    expect(await cache.clear()).toBe(3);
  });

  it('both forget a server that was written to', async () => {
    const cache = sharedCache(createMemoryCache(), createMemoryCache(), () => false);
    cache.put(entry('a'));
    cache.put(entry('b', { scope: 'run' }));

    cache.dropServer('render', start + 1);

    expect(await cache.get(address('a'), start + 2)).toBeUndefined();
    expect(await cache.get(address('b', { scope: 'run' }), start + 2)).toBeUndefined();
  });
});

describe('a cache that is switched off', () => {
  it('gives and keeps nothing, and is of no use to wait for', () => {
    let isOn = true;
    const cache = switchedCache(createMemoryCache(), () => isOn);
    cache.put(entry('a'));

    isOn = false;
    cache.put(entry('b'));

    expect(cache.serves(address('a'))).toBe(false);
    expect(cache.get(address('a'), start)).toBeUndefined();
    isOn = true;
    expect(cache.get(address('a'), start)).toBeDefined();
    expect(cache.get(address('b'), start)).toBeUndefined();
  });

  it('hears of writes all the same', () => {
    let isOn = true;
    const cache = switchedCache(createMemoryCache(), () => isOn);
    cache.put(entry('a'));
    isOn = false;

    cache.dropServer('render', start + 1);

    isOn = true;
    expect(cache.get(address('a'), start + 2)).toBeUndefined();
  });

  it('makes no call a miss', () => {
    const telemetry = createMemoryTelemetry();
    const call = {
      id: 'x',
      kind: 'tool',
      server: 's',
      tool: 't',
      params: {},
      success: true,
      durationMs: 1,
      cache: 'miss',
      retryCount: 0,
      fallbackUsed: false,
      at: start,
    } as const;

    switchedTelemetry(telemetry, () => false).recordExecution(call);
    switchedTelemetry(telemetry, () => true).recordExecution(call);

    expect(telemetry.metrics()[0]).toMatchObject({ totalCalls: 2, cacheMisses: 1 });
  });
});
