import { describe, expect, it } from 'vitest';
import { readReference } from '../../../src/language/expressions/reference.ts';
import { pathFault } from '../../../src/language/expressions/result-path.ts';
import type { PathFault } from '../../../src/language/expressions/result-path.ts';
import type { Json } from '../../../src/model/json.ts';

function faultOf(path: string, schema: Json): PathFault | undefined {
  return pathFault(schema, readReference(`x${path}`, 0)?.steps ?? []);
}

const closed = { type: 'object', additionalProperties: false, properties: { id: { type: 'string' } } };
const open = { type: 'object', properties: { id: { type: 'string' }, status: { type: 'string' } } };

describe('a path into a value that a schema describes', () => {
  it.each<[string, string, Json, PathFault['kind']]>([
    ['below a scalar', '.id.x', closed, 'scalar'],
    ['below one of several scalars', '.a', { type: ['string', 'null'] }, 'scalar'],
    ['that a closed object does not have', '.ib', closed, 'absent'],
    ['that is all but a known one of an open object', '.stauts', open, 'near_miss'],
    ['that no item of a list has', '[0].ib', { type: 'array', items: closed }, 'absent'],
    ['that no item of a list has, mapped', '.ib', { type: 'array', items: { type: 'array', items: closed } }, 'absent'],
    ['that no value of a map has', '.any.ib', { type: 'object', additionalProperties: closed }, 'absent'],
    ['that a referred schema does not have', '.ib', { $ref: '#/$defs/a~1b', $defs: { 'a/b': closed } }, 'absent'],
    ['that no alternative has', '.ib', { anyOf: [closed, { type: 'null' }] }, 'absent'],
    ['that one alternative nearly has', '.stauts', { oneOf: [closed, open] }, 'near_miss'],
  ])('is wrong %s', (_, path, schema, kind) => {
    expect(faultOf(path, schema)?.kind).toBe(kind);
  });

  it.each<[string, string, Json]>([
    ['known', '.id', closed],
    ['unlike any known one of an open object', '.owner', open],
    ['a scalar, taken by position', '.id[0]', closed],
    ['an object, taken by position', '[0].id', closed],
    ['in one of the alternatives', '.ib', { anyOf: [closed, { type: 'object' }] }],
    ['perhaps allowed by a pattern', '.ib', { ...closed, patternProperties: { '^i': {} } }],
    ['in what a condition may add', '.stauts', { ...open, if: {}, else: { properties: { stauts: {} } } }],
    ['in what another part may add', '.stauts', { allOf: [open, { properties: { stauts: {} } }] }],
    ['in a value of several types', '.a', { type: ['string', 'object'] }],
    ['in a list of several shapes', '.ib', { type: 'array', prefixItems: [closed], items: {} }],
    ['in what is not described', '.id.x', true],
    ['named as what every object has', '.constructor', { type: 'object', properties: {} }],
    ['in what a remote schema describes', '.ib', { $ref: 'https://example.com/schema' }],
    ['in what refers to nothing', '.ib', { $ref: '#/$defs/none' }],
  ])('is right where it is %s', (_, path, schema) => {
    expect(faultOf(path, schema)).toBeUndefined();
  });

  it('is right where the schema is a ring', () => {
    expect(faultOf('.a', { $ref: '#' })).toBeUndefined();
  });

  it('is followed in bounded time through alternatives of alternatives', () => {
    const schema = { anyOf: [{ $ref: '#' }, { $ref: '#' }, { $ref: '#' }] };

    expect(faultOf('.a.b.c.d', schema)).toBeUndefined();
  });
});
