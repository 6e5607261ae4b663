import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { walkPath } from '../../../src/language/expressions/path-walk.ts';
import { readReference } from '../../../src/language/expressions/reference.ts';
import type { Json } from '../../../src/model/json.ts';

const scalar = fc.oneof(fc.constantFrom(null, true, false, 0, 1, 2, 'x', 'y', ''));
const data = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  ),
})).value;
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('.a', '.b', '.c', '.`a`') },
  { weight: 2, arbitrary: fc.constantFrom('[0]', '[1]', '[-1]', '[-2]', '[7]') },
  { weight: 2, arbitrary: fc.constantFrom('[a=1]', "[b='x']", '[c=null]', '[a=true]', '[ b = "" ]') },
);
const path = fc.array(step, { maxLength: 5 }).map((steps) => `$v${steps.join('')}`);

async function byJsonata(text: string, value: Json): Promise<unknown> {
  const result: unknown = await jsonata(text).evaluate(undefined, { v: structuredClone(value) });
  return result === undefined ? undefined : JSON.parse(JSON.stringify(result));
}

function byWalk(text: string, value: Json): Json | undefined {
  const reference = readReference(text, 1);
  expect(reference?.end).toBe(text.length);
  return walkPath(value, reference?.steps ?? [], reference?.list ?? false);
}

describe('the fast path of a reference', () => {
  it('gives what JSONata gives, for any data and path', async () => {
    await fc.assert(
      fc.asyncProperty(data, path, async (value, text) => {
        expect(byWalk(text, value)).toEqual(await byJsonata(text, value));
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives with [] the list that JSONata gives, and always a list', async () => {
    await fc.assert(
      fc.asyncProperty(data, path, async (value, text) => {
        const expected = await byJsonata(`${text}[]`, value);

        expect(byWalk(`${text}[]`, value)).toEqual(expected === undefined ? [] : [expected].flat());
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, Json, Json | undefined]>([
    ['$v.a.b', { a: { b: 1 } }, 1],
    ['$v.a.b', { a: [{ b: 1 }, { b: 2 }] }, [1, 2]],
    ['$v.a.b', { a: [{ b: 1 }, {}] }, 1],
    ['$v.a[0].b', { a: [{ b: 1 }, { b: 2 }] }, 1],
    ['$v[-1]', [1, 2, 3], 3],
    ['$v.a[b=2].c', { a: [{ b: 1 }, { b: 2, c: 'found' }] }, 'found'],
    ['$v.a[b=9]', { a: [{ b: 1 }] }, undefined],
    ['$v.a[b=9][]', { a: [{ b: 1 }] }, []],
    ['$v.a[]', { a: 1 }, [1]],
    ['$v[]', 1, [1]],
    ["$v[b='x'][]", [[{ b: 'x' }]], [[{ b: 'x' }]]],
    ['$v.a[]', [[{ a: [[]] }]], [[]]],
    ['$v.a', { a: [] }, []],
    ['$v.a', { a: null }, null],
    ['$v.a.b', { a: null }, undefined],
    ['$v.`two words`', { 'two words': 1 }, 1],
    ['$v.constructor', {}, undefined],
    ['$v.__proto__', {}, undefined],
    ['$v.length', 'text', undefined],
  ])('reads %s of %j as %j', (text, value, expected) => {
    expect(byWalk(text, value)).toEqual(expected);
  });
});
