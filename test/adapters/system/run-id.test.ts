import { describe, expect, it } from 'vitest';
import { randomNumber } from '../../../src/adapters/system/random-number.ts';
import { newRunId } from '../../../src/adapters/system/run-id.ts';

describe('the id of a run', () => {
  it('begins with the time in UTC', () => {
    expect(newRunId(Date.UTC(2026, 10, 22, 15, 5, 38, 999), () => 0)).toBe('20261122-150538-00000000');
  });

  it('has every digit, and nothing beyond', () => {
    const digits = Array.from({ length: 32 }, (_, index) => newRunId(0, () => index / 32).at(-1));

    expect(digits.join('')).toBe('0123456789abcdefghjkmnpqrstvwxyz');
    expect(newRunId(0, () => 1 - Number.EPSILON)).toMatch(/-z{8}$/);
  });

  it('differs from one to the next', () => {
    const ids = new Set(Array.from({ length: 1_000 }, () => newRunId(0, randomNumber)));

    expect(ids.size).toBe(1_000);
  });
});

describe('a random number', () => {
  it('lies between 0 and 1', () => {
    for (let draw = 0; draw < 1_000; draw += 1) {
      const number = randomNumber();

      expect(number >= 0 && number < 1).toBe(true);
    }
  });
});
