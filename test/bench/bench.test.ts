import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rows } from '../../bench/rows.ts';
import { table } from '../../bench/table.ts';

const bench = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...args]);

describe('npm run bench', () => {
  it('prints the rows that were asked for', async () => {
    const { stdout } = await bench('--only', 'references', '--rounds', '1');

    const [head, , ...lines] = stdout.trim().split('\n');
    expect(head).toMatch(/^\| row +\| what +\| measured +\| at most \/ least +\| aim +\| verdict/);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\| references \|.*\| [\d.]+ µs +\| ≤ 50 µs/);
  });

  it('refuses a row that there is none of', async () => {
    await expect(bench('--only', 'nonsense')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no row "nonsense".'),
    });
  });
});

describe('the table of the bench', () => {
  const throughput = rows.filter(({ name }) => name === 'throughput');

  it.each([
    [0.8, 'aim met'],
    [0.6, 'limit met'],
    [0.4, 'MISSED'],
  ])('judges %s of at least 0.5 with the aim 0.75 as %s', (value, verdict) => {
    expect(table(throughput, { throughput: { value, detail: '' } })).toContain(`| ${verdict} `);
  });

  it('shows what was not measured', () => {
    expect(table(throughput, {})).toContain('not measured');
  });
});
