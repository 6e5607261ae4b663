import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { builtinNames } from '../../../src/language/expressions/builtin-names.ts';

describe('the list of built-in names', () => {
  it('is what JSONata binds, with $uuid added', () => {
    const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
    const bound = [...source.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)', defineFunction/g)].map(
      ([, name]) => name,
    );

    expect(new Set([...bound, 'uuid'])).toEqual(builtinNames);
  });
});
