import { createMemoryCache } from '../../../src/adapters/memory/cache.ts';
import { describeBoundedCache, describeCache } from '../../contracts/cache.ts';

describeCache('the cache in memory', () => createMemoryCache());
describeBoundedCache('the cache in memory', (limits) => createMemoryCache(limits));
