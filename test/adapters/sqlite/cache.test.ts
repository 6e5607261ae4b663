import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqliteCache, type CacheOptions, type SqliteCache } from '../../../src/adapters/sqlite/cache.ts';
import { address, describeBoundedCache, describeCache, entry } from '../../contracts/cache.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const start = Date.UTC(2026, 0, 1);

describeCache('the cache in SQLite', () => open(temporaryFolder()));
describeBoundedCache('the cache in SQLite', (limits) => open(temporaryFolder(), limits));

describe('the cache in a file', () => {
  it('keeps results over a restart of the process', () => {
    const folder = temporaryFolder();
    const before = open(folder);
    before.put(entry('a', { output: 'kept' }));
    before.close();

    expect(open(folder).get(address('a'), start)?.output).toBe('kept');
  });

  it('forgets them with a restart of the machine, which may have brought dropped ones back', () => {
    const folder = temporaryFolder();
    open(folder).put(entry('a'));

    expect(open(folder, { bootId: 'another' }).get(address('a'), start)).toBeUndefined();
  });

  it('does not give what another process has dropped', () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [open(folder), open(folder)];
    mine.put(entry('a'));
    mine.get(address('a'), start);

    theirs.dropServer('render', start + 1);

    expect(mine.get(address('a'), start + 2)).toBeUndefined();
  });

  it('ignores a read that a write of another process has overtaken', () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [open(folder), open(folder)];
    mine.put(entry('z'));
    theirs.dropServer('render', start + 10);

    mine.put(entry('a', { calledAt: start + 5 }));

    expect(mine.get(address('a'), start + 20)).toBeUndefined();
  });

  it('makes no file as long as there is nothing to keep', () => {
    const folder = temporaryFolder();
    const cache = open(folder);

    cache.get(address('a'), start);
    cache.dropServer('render', start);
    cache.stats(start);
    cache.clear();
    cache.close();

    expect(existsSync(join(folder, 'cache.db'))).toBe(false);
  });

  it('gives results that nobody can change for the others', () => {
    const cache = open(temporaryFolder());
    cache.put(entry('a', { output: { list: [1] } }));

    expect(Object.isFrozen(cache.get(address('a'), start)?.output)).toBe(true);
  });

  it('sets a damaged file aside and goes on', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'cache.db'), 'not a database at all');
    const cache = open(folder);

    cache.put(entry('a'));

    expect(cache.get(address('a'), start)).toBeDefined();
    expect(readdirSync(folder).filter((name) => name.startsWith('cache.db.broken-'))).toHaveLength(1);
    expect(cache.health()).toContain('set aside');
  });
});

function open(folder: string, change: Partial<CacheOptions> = {}): SqliteCache {
  const cache = createSqliteCache({ folder, bootId: 'boot', now: () => start, ...change });
  onTestFinished(() => cache.close());
  return cache;
}
