import { describe, expect, it } from 'vitest';
import { createSchemaCheck } from '../../src/language/schema-check.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

const check = createSchemaCheck();

function nested(depth: number): Json {
  let value: Json = {};
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

describe('a schema check', () => {
  it('finds nothing wrong with a value that conforms', async () => {
    const schema = {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' } },
      additionalProperties: false,
    };

    expect(await check.violations(schema, { id: 1 })).toEqual([]);
  });

  it('names every field that is wrong', async () => {
    const schema: JsonObject = {
      type: 'object',
      required: ['id'],
      additionalProperties: false,
      properties: {
        items: { type: 'array', items: { properties: { name: { type: 'string' }, kind: { enum: ['a', 'b'] } } } },
      },
    };

    const violations = await check.violations(schema, { items: [{}, { name: 1, kind: 'c' }], more: 1 });

    expect(violations).toEqual([
      { path: '', message: 'must have the member "id"' },
      { path: '', message: 'must not have the member "more"' },
      { path: 'items[1].name', message: 'must be string' },
      { path: 'items[1].kind', message: 'must be one of "a", "b"' },
    ]);
  });

  it.each<[JsonObject, Json]>([
    [{ $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://x.example/s', minItems: 1 }, [1]],
    [{ $ref: '#/$defs/id', $defs: { id: { type: 'string' } } }, 'x'],
    [{ format: 'date-time' }, '2024-01-01T00:00:00Z'],
    [{ format: 'unheard-of' }, 'x'],
    [{ patternProperties: { '^x-': { type: 'string' } } }, { 'x-a': 'b' }],
    [{ unknownKeyword: 1, minProperties: 0 }, {}],
  ])('takes schemas as they come: %j', async (schema, value) => {
    expect(await check.violations(schema, value)).toEqual([]);
  });

  it('keeps several patterns apart', async () => {
    const schema = { properties: { a: { pattern: '^x' }, b: { pattern: '^y' } } };

    expect(await check.violations(schema, { a: 'x', b: 'y' })).toEqual([]);
    expect(await check.violations(schema, { a: 'y', b: 'x' })).toHaveLength(2);
  });

  it('lets schemas with the same $id stand beside each other', async () => {
    expect(await check.violations({ $id: 'same', minItems: 1 }, [1])).toEqual([]);
    expect(await check.violations({ $id: 'same', minItems: 2 }, [1])).toHaveLength(1);
  });
});

describe('a hostile schema', () => {
  const branching: JsonObject = {
    anyOf: [
      { properties: { a: { $ref: '#' } }, required: ['b'] },
      { properties: { a: { $ref: '#' } }, required: ['c'] },
    ],
  };

  it.each<[string, JsonObject, Json]>([
    ['branches without end', branching, nested(40)],
    ['loops', { $ref: '#' }, 1],
    ['refers to other documents', { $ref: 'https://example.com/schema.json' }, 1],
    ['refers dynamically', { $dynamicRef: '#x' }, 1],
    ['is huge', { enum: Array.from({ length: 30_000 }, (_, index) => `value ${index}`), minItems: 1 }, 1],
    ['is deep', { items: deepSchema(100) }, [1]],
    ['has too many parts', { allOf: Array.from({ length: 3_000 }, () => ({ minItems: 1 })) }, [1]],
    ['is no schema', { type: 'strnig' }, 1],
    ['has a wrong pattern', { pattern: '(' }, 'x'],
  ])('is refused by name: it %s', async (_what, schema, value) => {
    const violations = await check.violations(schema, value);

    expect(violations).toMatchObject([
      { path: '', message: expect.stringContaining('its schema cannot be used') as string },
    ]);
  });

  it.each(['^(a+)+$', '^(a|aa)+$', '^(a*)*$', '(x+x+)+y'])('cannot hang with the pattern %s', async (pattern) => {
    const text = `${'a'.repeat(5_000)}${'x'.repeat(5_000)}!`;

    expect(await check.violations({ type: 'string', pattern }, text)).toHaveLength(1);
  });

  it('cannot hang with uniqueItems', async () => {
    const items = Array.from({ length: 50_000 }, (_, id) => ({ id }));

    expect(await check.violations({ uniqueItems: true }, items)).toEqual([]);
    expect(await check.violations({ uniqueItems: true }, [...items, { id: 1 }])).toHaveLength(1);
  });
});

function deepSchema(depth: number): JsonObject {
  return depth === 0 ? { type: 'string' } : { items: deepSchema(depth - 1) };
}
