import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model/json.ts';
import { annotationsOf, isReviewable } from '../../src/model/tool-contract.ts';

describe('the annotations of a tool', () => {
  it.each([undefined, null, 'x', [], {}, { title: 'Get', readOnlyHint: 'yes' }])('are none in %j', (sent) => {
    expect(annotationsOf(sent)).toBeUndefined();
  });

  it('are the hints that MCP knows, and nothing else that was sent', () => {
    expect(annotationsOf({ readOnlyHint: true, idempotentHint: false, title: 'Get', evil: true })).toEqual({
      readOnlyHint: true,
      idempotentHint: false,
    });
  });
});

describe('a schema that a person can review', () => {
  it.each<[string, Json, boolean]>([
    ['usual', { type: 'object', properties: { id: { type: 'string' } } }, true],
    ['60 levels deep', deep(60), true],
    ['100,000 levels deep', deep(100_000), false],
    ['wide', { enum: Array.from({ length: 30_000 }, (_, index) => index) }, false],
  ])('is one that is %s: %#', (_, parameters, expected) => {
    expect(isReviewable({ description: '', parameters })).toBe(expected);
    expect(isReviewable({ description: '', output: parameters })).toBe(expected);
  });
});

function deep(levels: number): Json {
  let schema: Json = {};
  for (let level = 0; level < levels; level += 1) schema = { items: schema };
  return schema;
}
