import { describe, expect, it } from 'vitest';
import { formatCost } from '../../src/model/costs.ts';

describe('a cost as people see it', () => {
  it.each([
    [0.1 + 0.2, '0.3'],
    [12, '12'],
    [0.000125, '0.000125'],
    [999_999_999_999.5, '999999999999.5'],
    [1e308, '1e+308'],
  ])('of %d is %s', (amount, text) => {
    expect(formatCost(amount)).toBe(text);
  });
});
