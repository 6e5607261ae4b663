import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exitCodeOfError, exitCodes } from '../../src/interfaces/cli/exit-codes.ts';
import type { RunnerErrorCode } from '../../src/model/errors.ts';
import { faultKinds } from '../../src/model/faults.ts';

const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const errorsSource = await readFile(new URL('../../src/model/errors.ts', import.meta.url), 'utf8');

/** The first cells of all rows of a section's table, without their backticks. */
function rowsOf(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| *`?([\w.<>]+)`? *\|.*\|$/gm)].map(([, name = '']) => name);
}

/** The members of the union `RunnerErrorCode`; types leave nothing to ask at run time. */
function runnerErrorCodes(): string[] {
  const [union = ''] = /RunnerErrorCode =[^;]+;/.exec(errorsSource) ?? [];
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code);
}

describe('docs/errors.md', () => {
  it('explains every kind of fault, and no other', () => {
    const outcomes = ['not_executed', 'failed', 'unknown'];
    const headers = new Set(['outcome', 'kind']);
    const listed = rowsOf('Faults of steps').filter((name) => !headers.has(name));

    expect(listed.slice(0, outcomes.length)).toEqual(outcomes);
    expect(listed.slice(outcomes.length).toSorted()).toEqual([...faultKinds, 'http.<status>'].toSorted());
  });

  it('explains every code of RunnerError, and no other', () => {
    const listed = rowsOf('Errors of the runner').filter((name) => name !== 'code');

    expect(runnerErrorCodes().length).toBeGreaterThan(20);
    expect(listed.toSorted()).toEqual(runnerErrorCodes().toSorted());
  });

  it('gives each code of RunnerError the exit code that the command line has for it', () => {
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\|[^|]*\| (\d) /gm)];

    expect(rows.length).toBe(runnerErrorCodes().length);
    for (const [, code, exit] of rows) {
      expect([code, Number(exit)]).toEqual([code, exitCodeOfError(code as RunnerErrorCode)]);
    }
  });

  it('explains every exit code', () => {
    expect(rowsOf('Exit codes').filter((name) => name !== 'code')).toEqual(Object.values(exitCodes).map(String));
  });
});
