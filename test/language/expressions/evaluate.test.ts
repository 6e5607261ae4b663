import { beforeAll, describe, expect, it } from 'vitest';
import { classifyExpression, classifyText, prepareExpressions } from '../../../src/language/expressions/classify.ts';
import { evaluateCondition, evaluateValue } from '../../../src/language/expressions/evaluate.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Value } from '../../../src/model/values.ts';
import { evaluationScope, faultOf, nameScope } from './scopes.ts';

const names = nameScope({ steps: ['status', 'items', 'n', 'nothing', 'skipped'], inputs: ['id'] });
const values: Readonly<Record<string, Json>> = {
  'input:id': 'srv/1 é',
  'step:status': { state: 'live', replicas: 2, note: null, tags: ['a'] },
  'step:items': [
    { sku: 'x', price: 3 },
    { sku: 'y', price: 5, hidden: true },
  ],
  'step:n': 7,
  'step:nothing': null,
};
const scope = evaluationScope(values, { now: Date.UTC(2024, 0, 2), random: [0.1, 0.9] });

function valueOf(text: string, options: { uri?: boolean } = {}): Value {
  const { value, problems } = classifyText(text, names, options);
  expect(problems).toEqual([]);
  return value ?? { kind: 'literal', value: null };
}

async function evaluated(text: string, options: { uri?: boolean } = {}): Promise<Json> {
  return evaluateValue(valueOf(text, options), scope, 'params.x');
}

async function condition(text: string, until = false): Promise<boolean> {
  const { value, problems } = classifyExpression(text, names, { until });
  expect(problems).toEqual([]);
  if (value?.kind !== 'expression') throw new Error('not an expression');
  return evaluateCondition(value, scope, until ? 'until' : 'if');
}

beforeAll(prepareExpressions);

describe('a value', () => {
  it('is there at once when it holds no JSONata', () => {
    const value: Value = {
      kind: 'object',
      entries: [
        ['list', { kind: 'list', items: [valueOf('$id'), valueOf('plain')] }],
        ['text', valueOf('n=$n')],
      ],
    };

    expect(evaluateValue(value, scope, '')).toEqual({ list: ['srv/1 é', 'plain'], text: 'n=7' });
  });

  it('is a promise when JSONata stands anywhere in it', async () => {
    const value: Value = {
      kind: 'list',
      items: [valueOf('$n'), valueOf('${{ $n + 1 }}'), { kind: 'literal', value: null }],
    };

    const result = evaluateValue(value, scope, '');

    expect(result).toBeInstanceOf(Promise);
    expect(await result).toEqual([7, 8, null]);
  });

  it('leaves no rejection behind when a later member fails first', async () => {
    const value: Value = { kind: 'list', items: [valueOf('${{ $error("first") }}'), valueOf('$skipped')] };

    const fault = await faultOf(() => evaluateValue(value, scope, 'params'));

    expect(fault.message).toContain('params[0]: first');
  });
});

describe('a reference', () => {
  it('keeps null', async () => {
    expect(await evaluated('$status.note')).toBeNull();
    expect(await evaluated('$nothing')).toBeNull();
  });

  it('fails with the field and its own text when it is undefined', async () => {
    const fault = await faultOf(() => evaluateValue(valueOf('$status.nope'), scope, 'params.customer'));

    expect(fault).toMatchObject({ kind: 'undefined_reference', message: 'params.customer: $status.nope is undefined' });
  });

  it('names the place within lists and mappings', async () => {
    const value: Value = {
      kind: 'object',
      entries: [['to', { kind: 'list', items: [{ kind: 'object', entries: [['odd key', valueOf('$skipped')]] }] }]],
    };

    const fault = await faultOf(() => evaluateValue(value, scope, 'params'));

    expect(fault.message).toBe('params.to[0]["odd key"]: $skipped is undefined');
  });

  it.each([
    ['$items[sku="y"].price', 5],
    ['$items[sku="z"][]', []],
    ['$status.tags', ['a']],
    ['$status.state[]', ['live']],
  ])('reads %s', async (text, expected) => {
    expect(await evaluated(text)).toEqual(expected);
  });
});

describe('a template', () => {
  it('shows scalars as JSON does', async () => {
    expect(await evaluated('$n, ${{ $n / 2 }}, ${{ $n > 1 }}, ${{ 1e21 * 10 }}')).toBe('7, 3.5, true, 1e+22');
  });

  it.each(['x $status.note', 'x $status.tags', 'x $status', 'x ${{ $items }}'])(
    'refuses what is no single value: %s',
    async (text) => {
      expect(await faultOf(() => evaluated(text))).toMatchObject({ kind: 'expression' });
    },
  );

  it('refuses an undefined part, naming it', async () => {
    expect(await faultOf(() => evaluated('x $status.nope'))).toMatchObject({
      kind: 'undefined_reference',
      message: 'params.x: $status.nope is undefined',
    });
  });

  it('percent-encodes its parts in a URL', async () => {
    expect(await evaluated('https://api.example.com/x/$id?n=$n', { uri: true })).toBe(
      'https://api.example.com/x/srv%2F1%20%C3%A9?n=7',
    );
  });

  it('leaves a leading base URL and the port of a host as they are', async () => {
    const local = evaluationScope({ 'input:id': 'http://127.0.0.1:80', 'step:n': 'host:81' });

    expect(evaluateValue(valueOf('$id/x', { uri: true }), local, 'url')).toBe('http://127.0.0.1:80/x');
    expect(evaluateValue(valueOf('http://$n/x', { uri: true }), local, 'url')).toBe('http://host:81/x');
  });
});

describe('an expression', () => {
  it.each<[string, Json]>([
    ['$sum($items.price)', 8],
    ['$items[hidden].sku', 'y'],
    ['$items[price > 9][]', []],
    ['$items[price > 4].sku[]', ['y']],
    ['$items{sku: price}', { x: 3, y: 5 }],
    ['$match("a1b22", /[0-9]+/).match', ['1', '22']],
    ['$replace("aXbX", /x/i, "-", 1)', 'a-bX'],
    ['$now()', '2024-01-02T00:00:00.000Z'],
    ['$now("[Y]-[M01]")', '2024-01'],
    ['$millis()', 1_704_153_600_000],
    ['[$random(), $random()]', [0.1, 0.9]],
    ['$sort($items, function($l, $r) { $l.price < $r.price }).sku', ['y', 'x']],
    ['$sort([3, 1, 2])', [1, 2, 3]],
    ['$distinct([1, "1", 1, {"a": 1}, {"a": 1}])', [1, '1', { a: 1 }]],
    ['$map(["ab"], $pad(?, 3, "-"))', 'ab-'],
    ['$exists($status.nope)', false],
    ['$exists($status.nope + 1)', false],
    ['$status.nope ?? "d"', 'd'],
    ['$status.nope.deeper & "!" ?? "d"', '!'],
    ['$status.nope ?: "d"', 'd'],
    ['($status.nope = 1) ?? "d"', false],
    ['$items[nope = 1 or price = 3].sku', 'x'],
  ])('gives %s', async (text, expected) => {
    expect(
      await evaluateValue(
        valueOf(`\${{ ${text} }}`),
        evaluationScope(values, { now: scope.now, random: [0.1, 0.9] }),
        'x',
      ),
    ).toEqual(expected);
  });

  it.each([
    ["$status.nope = 'live'", '$status.nope'],
    ["$status.nope != 'live'", '$status.nope'],
    ["'svc-' & $status.nope", '$status.nope'],
    ['$n + $skipped', '$skipped'],
    ['$status.nope > 1', '$status.nope'],
    ['$status.nope in ["a"]', '$status.nope'],
    ['$n in $status.nope', '$status.nope'],
    ['$items.(nope & sku)', 'nope'],
    ['$items[price > 9].sku = "x"', 'the left side of "="'],
  ])('fails for an undefined operand: %s', async (text, operand) => {
    expect(await faultOf(() => evaluated(`\${{ ${text} }}`))).toMatchObject({
      kind: 'undefined_reference',
      message: `params.x: ${operand} is undefined`,
    });
  });

  it('fails when it has no value', async () => {
    expect(await faultOf(() => evaluated('${{ $items[price > 9] }}'))).toMatchObject({
      kind: 'undefined_reference',
      message: 'params.x: $items[price > 9] is undefined',
    });
  });

  it.each([
    ['$error("no stock")', 'no stock'],
    ['$n + "x"', 'operator must evaluate to a number'],
    ['1 / 0', 'not a number that JSON can carry'],
    ['$uppercase', 'is a function'],
    ['[function($x) { $x }]', 'is a function'],
  ])('fails with the reason and its own text: %s', async (text, reason) => {
    const fault = await faultOf(() => evaluated(`\${{ ${text} }}`));

    expect(fault.kind).toBe('expression');
    expect(fault.message).toContain(reason);
    expect(fault.message).toContain(text);
  });

  it('neither changes its inputs nor shares data with them', async () => {
    const input = deepFrozen({ list: [{ a: [1] }], one: [1] });
    const local = evaluationScope({ 'step:items': input });

    const copy = await evaluateValue(valueOf('${{ [$items.one[], $items.list, $items.list.a[]] }}'), local, 'x');
    const whole = await evaluateValue(valueOf('${{ ($items) }}'), local, 'x');

    expect(copy).toEqual([1, { a: [1] }, 1]);
    expect(whole).toEqual(input);
    expect(whole).not.toBe(input);
  });

  it('has a clock of its own, though others run at the same time', async () => {
    const value = valueOf('${{ ($x := $millis(); [$x, $sum($items.price), $millis()]) }}');

    const results = await Promise.all(
      [1, 2, 3].map(async (now) => evaluateValue(value, evaluationScope(values, { now }), 'x')),
    );

    expect(results).toEqual([1, 2, 3].map((now) => [now, 8, now]));
  });

  it('makes a UUID of the random numbers that it is given', async () => {
    const first = await evaluateValue(valueOf('${{ $uuid() }}'), evaluationScope({}, { random: [0.1, 0.7] }), 'x');
    const second = await evaluateValue(valueOf('${{ $uuid() }}'), evaluationScope({}, { random: [0.1, 0.7] }), 'x');

    expect(first).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(second).toBe(first);
  });
});

describe('a condition', () => {
  it.each([
    ["$status.state = 'live'", true],
    ['$n > 9', false],
    ['$exists($skipped)', false],
    ['$skipped ?? true', true],
  ])('is true or false: %s', async (text, expected) => {
    expect(await condition(text)).toBe(expected);
  });

  it.each(['$status.state', '$n', '$status.note', '$items'])(
    'is refused when it gives anything else: %s',
    async (text) => {
      await expect(condition(text)).rejects.toMatchObject({ kind: 'expression' });
    },
  );

  it('is refused when it gives nothing', async () => {
    await expect(condition('$status.nope')).rejects.toMatchObject({ kind: 'undefined_reference' });
  });

  it.each([
    "$status.nope = 'live'",
    "$not($status.nope = 'down')",
    '$status.nope',
    '$skipped.ready',
    '$status.nope > 3',
  ])('is not met yet under until where something is missing: %s', async (text) => {
    expect(await condition(text, true)).toBe(false);
  });
});

function deepFrozen(value: Json): Json {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFrozen);
  return Object.freeze(value);
}

describe('a value that doubles with every step', () => {
  const large = evaluationScope({ 'step:n': 'x'.repeat(6 * 1_048_576) });
  const four = ['$n', '$n', '$n', '$n'].map((text) => valueOf(text));

  it.each([
    ['as a text', valueOf('$n$n$n$n')],
    ['as a list', { kind: 'list', items: four } as const],
    ['as an object', { kind: 'object', entries: four.map((value, index) => [`k${index}`, value] as const) } as const],
  ])('ends with a limit at 20 MB: %s', async (_, value) => {
    const fault = await faultOf(async () => evaluateValue(value, large, 'set'));

    expect(fault).toMatchObject({ kind: 'limit', message: 'set: the value is larger than 20 MB' });
  });
});
