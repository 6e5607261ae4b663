import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { actionKeys, keyOwners } from '../../src/language/structure/step-kinds.ts';

type Schema = { readonly [key: string]: unknown; readonly properties?: Readonly<Record<string, Schema>> };

const schema = JSON.parse(readFileSync('schemas/workflow.schema.json', 'utf8')) as Schema & {
  readonly $defs: Readonly<Record<string, Schema>>;
};
const check = new Ajv2020({ allErrors: true, strict: false }).compile(schema);

describe('schemas/workflow.schema.json', () => {
  it.each(readdirSync('test/fixtures/ok'))('agrees with the loader on %s', (name) => {
    check(parse(readFileSync(`test/fixtures/ok/${name}`, 'utf8')));

    expect(check.errors).toBeNull();
  });

  it.each([
    'key_unknown',
    'value_type',
    'value_invalid',
    'duration_without_unit',
    'step_several_actions',
    'input_name',
  ])('refuses what the loader refuses in %s.yaml', (name) => {
    check(parse(readFileSync(`test/fixtures/err/${name}.yaml`, 'utf8')));

    expect(check.errors?.length).toBeGreaterThan(0);
  });

  it('accepts the whole language, also what this version cannot execute', () => {
    check(parse(readFileSync('test/fixtures/err/not_yet_supported.yaml', 'utf8')));

    expect(check.errors).toBeNull();
  });

  it('describes every key, with an example', () => {
    const bare = keysOf(schema).filter(
      ([, key]) => typeof key === 'object' && !('$ref' in key) && !('description' in key && 'examples' in key),
    );

    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it('knows the same kinds and keys as the loader', () => {
    const step = Object.keys(schema.$defs['step']?.properties ?? {});

    expect(actionKeys.every((key) => step.includes(key))).toBe(true);
    expect(Object.keys(keyOwners).every((key) => step.includes(key))).toBe(true);
  });
});

/** Every key that a schema knows, with its path; a key may itself be called `properties`. */
function keysOf(node: unknown, path = ''): [string, Schema][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]): [string, Schema][] => {
    if (name === 'examples' || name === 'default') return [];
    if (name !== 'properties') return keysOf(value, `${path}/${name}`);
    const keys = Object.entries(value as Readonly<Record<string, Schema>>);
    const own = keys.map(([key, schema]): [string, Schema] => [`${path}.${key}`, schema]);
    return own.concat(keys.flatMap(([key, schema]) => keysOf(schema, `${path}.${key}`)));
  });
}
