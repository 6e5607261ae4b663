import { describe, expect, it } from 'vitest';
import { contractChanges } from '../../src/model/contract-changes.ts';
import type { Json } from '../../src/model/json.ts';
import type { ToolContract } from '../../src/model/tool-contract.ts';

const base = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' }, limit: { type: 'integer' }, state: { type: 'string', enum: ['up', 'down'] } },
};

function parameterChanges(after: Json): readonly (readonly [string, boolean])[] {
  const changes = contractChanges({ description: '', parameters: base }, { description: '', parameters: after });
  return changes.map(({ text, breaking }) => [text, breaking]);
}

describe('a change of parameters', () => {
  it.each<[string, Json, string, boolean]>([
    ['one more', { ...base, properties: { ...base.properties, zone: {} } }, 'the parameter `zone` is added', false],
    [
      'one more that is needed',
      { ...base, required: ['id', 'zone'], properties: { ...base.properties, zone: {} } },
      'the parameter `zone` is added and required',
      true,
    ],
    ['one that is needed now', { ...base, required: ['id', 'limit'] }, 'the parameter `limit` is required now', true],
    ['one that is not needed', { ...base, required: [] }, 'the parameter `id` is no longer required', false],
    [
      'another type',
      { ...base, properties: { ...base.properties, id: { type: 'integer' } } },
      'the parameter `id` changes its type from string to integer',
      true,
    ],
    [
      'a wider type',
      { ...base, properties: { ...base.properties, limit: { type: 'number' } } },
      'the parameter `limit` changes its type from integer to number',
      false,
    ],
    [
      'a value less',
      { ...base, properties: { ...base.properties, state: { type: 'string', enum: ['up'] } } },
      'the parameter `state` is no longer "down"',
      true,
    ],
    [
      'a restriction',
      { ...base, properties: { ...base.properties, id: { type: 'string', pattern: '^srv-' } } },
      'the parameter `id` gets `pattern`',
      true,
    ],
    [
      'other words',
      { ...base, properties: { ...base.properties, id: { type: 'string', description: 'Who' } } },
      'the description of the parameter `id` is reworded',
      false,
    ],
  ])('is told as %s', (_, after, text, breaking) => {
    expect(parameterChanges(after)).toEqual([[text, breaking]]);
  });

  it('is told where it is, however deep', () => {
    const changes = contractChanges(
      { description: '', parameters: nested('string') },
      { description: '', parameters: nested('boolean') },
    );

    expect(changes).toMatchObject([
      {
        text: 'the parameter `tags[].name` changes its type from string to boolean',
        concerns: { parameter: 'tags', calls: 'with' },
      },
    ]);
  });

  it('is none when only the order differs', () => {
    expect(parameterChanges({ properties: base.properties, required: ['id'], type: 'object' })).toEqual([]);
  });
});

describe('a change of the result', () => {
  it('breaks when something is gone that was read', () => {
    const changes = contractChanges(output({ properties: { url: {} } }), output({ properties: {} }));

    expect(changes).toEqual([{ text: '`url` of the result is gone', breaking: true }]);
  });

  it('does not break when there is more', () => {
    expect(contractChanges(output({}), output({ properties: { url: {} } }))).toMatchObject([{ breaking: false }]);
  });
});

describe('a change of annotations', () => {
  it.each([
    [{ readOnlyHint: true }, { readOnlyHint: false }, true],
    [{ readOnlyHint: false }, { readOnlyHint: true }, false],
    [{}, { destructiveHint: true }, true],
    [{ openWorldHint: true }, { openWorldHint: false }, false],
  ])('from %j to %j breaks: %s', (before, after, breaking) => {
    const changes = contractChanges({ description: '', annotations: before }, { description: '', annotations: after });

    expect(changes).toMatchObject([{ breaking }]);
  });
});

describe('other words about a tool', () => {
  it('are told and break nothing', () => {
    expect(contractChanges({ description: 'a' }, { description: 'b' })).toEqual([
      { text: 'the description is reworded', breaking: false },
    ]);
  });
});

function nested(type: string): Json {
  return { properties: { tags: { items: { properties: { name: { type } } } } } };
}

function output(schema: Json): ToolContract {
  return { description: '', output: schema };
}
