import { describe, expect, it } from 'vitest';
import { exitCodeOfStatus } from '../../src/interfaces/cli/exit-codes.ts';
import { runStatuses } from '../../src/model/states.ts';

describe('the exit code of a run', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['timed_out', 3],
    ['waiting', 4],
    ['needs_attention', 5],
    ['quarantined', 5],
    ['cancelled', 130],
    ['interrupted', 143],
  ] as const)('that %s is %i', (status, code) => {
    expect(exitCodeOfStatus(status)).toBe(code);
  });

  it('is 0 for no state but success', () => {
    expect(runStatuses.filter((status) => exitCodeOfStatus(status) === 0)).toEqual(['succeeded']);
  });
});
