import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readMutants } from './read-mutants.mjs';

const mutants = readMutants();

describe('the planted bugs', () => {
  it('are a dozen and more', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(12);
  });

  // Whether they are caught takes minutes: npm run test:mutants.
  it.each(mutants)('$name can still be planted', ({ file }) => {
    const { status, stderr } = spawnSync('git', ['apply', '--check', file], { encoding: 'utf8' });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each(mutants)('$name says what is wrong and which tests notice', ({ says, caughtBy }) => {
    expect(says).not.toBe('');
    expect(caughtBy).not.toEqual([]);
    expect(caughtBy.filter((path) => !existsSync(path))).toEqual([]);
  });
});
