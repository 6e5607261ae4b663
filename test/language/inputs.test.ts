import { describe, expect, it } from 'vitest';
import { parseInputArgument, resolveInputs } from '../../src/language/inputs.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { InputSpec } from '../../src/model/workflow.ts';

const specs: Readonly<Record<string, InputSpec>> = {
  service_id: { schema: { type: 'string', pattern: '^srv-', examples: ['srv-demo'] }, description: 'The service.' },
  channel: { schema: { type: 'string' }, default: '#ops' },
  lines: { schema: { type: 'integer', minimum: 1, maximum: 100 }, default: 10 },
};

describe('the inputs of a run', () => {
  it('are filled with their defaults', async () => {
    expect(await resolveInputs(specs, { service_id: 'srv-1', lines: 5 })).toEqual({
      inputs: { service_id: 'srv-1', channel: '#ops', lines: 5 },
      problems: [],
    });
  });

  it('show all their problems at once', async () => {
    const { inputs, problems } = await resolveInputs(specs, { chanel: 'x', lines: 0 });

    expect(inputs).toBeUndefined();
    expect(problems).toEqual([
      {
        input: 'chanel',
        code: 'INPUT_UNKNOWN',
        message: 'The workflow has no input "chanel".',
        hint: 'Did you mean "channel"?',
      },
      {
        input: 'service_id',
        code: 'INPUT_MISSING',
        message: 'Input "service_id" is missing, and it has no default.',
        hint: 'Add --input service_id=srv-demo: The service.',
      },
      { input: 'lines', code: 'INPUT_INVALID', message: 'Input "lines" must be at least 1.' },
    ]);
  });

  it('name the names that exist when none is near', async () => {
    const { problems } = await resolveInputs(specs, { service_id: 'srv-1', zebra: 1 });

    expect(problems).toMatchObject([{ hint: 'It takes service_id, channel, lines.' }]);
  });

  it('keep null and false where they are given', async () => {
    const nullable = { a: { schema: { type: ['string', 'null'] }, default: 'x' }, b: { schema: {}, default: true } };

    expect(await resolveInputs(nullable, { a: null, b: false })).toMatchObject({ inputs: { a: null, b: false } });
  });

  it('are checked by the whole of JSON Schema where it is asked for', async () => {
    const spec = {
      emails: { schema: { type: 'array', items: { type: 'string', format: 'email' }, uniqueItems: true } },
    };

    const { problems } = await resolveInputs(spec, { emails: ['a@example.com', 'nobody', 'a@example.com'] });

    expect(problems.map(({ message }) => message)).toEqual([
      'Input "emails"[1] must match format "email".',
      'Input "emails" must not have the same item twice.',
    ]);
  });

  it.each<[JsonObject, Json, string]>([
    [{ type: 'string' }, 5, 'must be of type string, not 5'],
    [{ type: 'integer' }, 1.5, 'must be of type integer, not 1.5'],
    [{ type: ['number', 'null'] }, 'x', 'must be of type number or null, not "x"'],
    [{ enum: ['a', 'b'] }, 'c', 'must be one of "a", "b", not "c"'],
    [{ const: { a: 1 } }, { a: 2 }, 'must be {"a":1}'],
    [{ type: 'string', pattern: '^srv-' }, 'web-1', 'must match the pattern ^srv-, and "web-1" does not'],
    [{ minLength: 2 }, '😀', 'must have at least 2 characters'],
    [{ maxLength: 2 }, 'abc', 'must have at most 2 characters'],
    [{ exclusiveMinimum: 1 }, 1, 'must be more than 1'],
    [{ exclusiveMaximum: 1 }, 1, 'must be less than 1'],
    [{ type: 'string', minLength: 3, maximum: 1 }, 7, 'must be of type string, not 7'],
  ])('say what is wrong: %j with %j', async (schema, value, message) => {
    const { problems } = await resolveInputs({ x: { schema } }, { x: value });

    expect(problems).toEqual([{ input: 'x', code: 'INPUT_INVALID', message: `Input "x" ${message}.` }]);
  });
});

describe('an input given as text', () => {
  it.each<[JsonObject, string, Json]>([
    [{ type: 'string' }, '5', '5'],
    [{ type: 'string' }, '"quoted"', '"quoted"'],
    [{ type: 'integer' }, '5', 5],
    [{ type: 'integer' }, '5.5', '5.5'],
    [{ type: 'integer' }, '9007199254740993', '9007199254740993'],
    [{ type: 'number' }, '1e3', 1000],
    [{ type: 'number' }, 'x', 'x'],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'boolean' }, 'yes', 'yes'],
    [{ type: 'array' }, '["a", 1]', ['a', 1]],
    [{ type: 'object' }, '{"a": 1}', { a: 1 }],
    [{ type: 'object' }, '[1]', '[1]'],
    [{ type: ['integer', 'null'] }, 'null', null],
    [{ type: ['string', 'integer'] }, '5', 5],
    [{}, '5', '5'],
    [{ enum: [1, 2] }, '2', 2],
    [{ enum: ['1', 1] }, '1', '1'],
  ])('is read by its declared type: %j %s', (schema, text, expected) => {
    expect(parseInputArgument({ schema }, text)).toEqual(expected);
  });

  it('stays a text where nothing is declared', () => {
    expect(parseInputArgument(undefined, '5')).toBe('5');
  });
});
