import { createMemoryCache } from '../../../src/adapters/memory/cache.ts';
import { describeCache } from '../../contracts/cache.ts';

describeCache('the cache in memory', (limits) => createMemoryCache(limits));
