import { describe } from 'vitest';
import { createMemoryLimits } from '../../../src/adapters/memory/limits.ts';
import { limitsContract } from '../../contracts/limits.ts';

describe('limits in memory', () => {
  limitsContract(createMemoryLimits);
});
