import { describe, expect, it } from 'vitest';
import { fieldProblems, fieldsOf, formProblems, readForm } from '../../src/app/approval-form.ts';
import type { JsonObject } from '../../src/model/json.ts';

const form: JsonObject = {
  type: 'object',
  properties: {
    reason: { type: 'string', minLength: 3 },
    batch: { type: 'integer', default: 1 },
    notify: { type: 'boolean' },
  },
  required: ['reason'],
};

describe('the form of an approval', () => {
  it('has its fields in the order of the file', () => {
    expect(fieldsOf(form).map(({ name, isRequired }) => [name, isRequired])).toEqual([
      ['reason', true],
      ['batch', false],
      ['notify', false],
    ]);
  });

  it('is read by the declared types, with defaults', async () => {
    const given = [
      { name: 'reason', text: '123' },
      { name: 'notify', text: 'true' },
    ];

    expect(await readForm(form, given)).toEqual({ reason: '123', batch: 1, notify: true });
  });

  it('takes JSON as it is, and the later of two', async () => {
    const given = [
      { name: 'reason', text: 'first' },
      { name: 'reason', value: 'second' },
    ];

    expect(await readForm(form, given)).toEqual({ reason: 'second', batch: 1 });
  });

  it.each([
    [[], 'The form needs "reason".'],
    [[{ name: 'reason', text: 'x' }], 'The form\'s "reason"'],
    [[{ name: 'rason', text: 'x' }], 'The approval has no field "rason".'],
    [
      [
        { name: 'reason', text: 'long' },
        { name: 'batch', text: 'many' },
      ],
      'The form\'s "batch"',
    ],
  ])('is refused where it does not fit: %j', async (given, message) => {
    await expect(readForm(form, given)).rejects.toMatchObject({
      code: 'FORM_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  it('that is not asked for is refused where it is given', async () => {
    expect(await readForm(undefined, [])).toBeUndefined();
    await expect(readForm(undefined, [{ name: 'a', text: 'b' }])).rejects.toMatchObject({
      hint: 'It asks for no form.',
    });
  });

  it('tells all that is missing at once', async () => {
    const two: JsonObject = { ...form, required: ['reason', 'notify'] };

    expect(await formProblems(two, {})).toEqual(['The form needs "reason".', 'The form needs "notify".']);
  });
});

describe('the text given for one field', () => {
  const asked = {
    type: 'object',
    properties: { count: { type: 'integer' }, size: { type: 'integer', default: 2 }, note: { type: 'string' } },
    required: ['count'],
  } as const;

  it.each([
    { name: 'count', text: '3', problems: 0 },
    { name: 'count', text: '', problems: 1 },
    { name: 'count', text: 'many', problems: 1 },
    { name: 'size', text: '', problems: 0 },
    { name: 'note', text: '', problems: 0 },
  ])('"$text" for $name has $problems problems', async ({ name, text, problems }) => {
    const fields = fieldsOf(asked).filter((field) => field.name === name);

    const found = await Promise.all(fields.map((field) => fieldProblems(asked, field, text)));

    expect(found.flat()).toHaveLength(problems);
  });
});
