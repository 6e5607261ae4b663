import { beforeAll, describe, expect, it } from 'vitest';
import { classifyExpression, classifyText, prepareExpressions } from '../../../src/language/expressions/classify.ts';
import type { TextOptions } from '../../../src/language/expressions/classify.ts';
import { nameScope } from './scopes.ts';

const scope = nameScope({ steps: ['status', 'step_1', 'a', 'b', 'items'], inputs: ['service_id', 'channel'] });

function kindOf(text: string, options: TextOptions = {}): string | undefined {
  return classifyText(text, scope, options).value?.kind;
}

function literalOf(text: string, options: TextOptions = {}): unknown {
  const { value } = classifyText(text, scope, options);
  return value?.kind === 'literal' ? value.value : value;
}

function problemOf(text: string, options: TextOptions = {}): { code: string; hint: string; place: string } {
  const { value, problems } = classifyText(text, scope, options);
  const [problem] = problems;
  expect(value).toBeUndefined();
  const place = text.slice(problem?.offset, (problem?.offset ?? 0) + (problem?.length ?? 0));
  return { code: problem?.code ?? '', hint: problem?.hint ?? '', place };
}

function problemsOf(text: string): string[] {
  return classifyExpression(text, scope).problems.map(
    (problem) => `${problem.code} ${text.slice(problem.offset, problem.offset + problem.length)}`,
  );
}

beforeAll(prepareExpressions);

describe('a text that is wholly ${{ … }}', () => {
  it('is an expression with its free names', () => {
    expect(classifyText('${{ $a.x + $b }}', scope).value).toEqual({
      kind: 'expression',
      text: '$a.x + $b',
      variables: { a: 'step:a', b: 'step:b' },
    });
  });

  it('is a reference where it holds nothing but one', () => {
    expect(kindOf('${{ $status.state }}')).toBe('path');
  });

  it.each([
    '${{ {"a": {"b": 1}} }}',
    '${{ {"a":1}}}',
    '${{ "}}" & $a }}',
    '${{ $match($a, /\\}\\}/) }}',
    '${{ $a /* }} */ + 1 }}',
  ])('ends at the braces that close it: %s', (text) => {
    expect(kindOf(text)).toBe('expression');
  });

  it('may end in a line break, as a block scalar does', () => {
    expect(kindOf('${{ $a + 1 }}\n')).toBe('expression');
  });

  it('is refused when nothing closes it', () => {
    expect(problemOf('x ${{ $a').code).toBe('EXPRESSION_UNCLOSED');
  });
});

describe('a text that is wholly a reference', () => {
  it.each([
    '$service_id',
    '$step_1.id',
    '$status.`two words`',
    '$items[0]',
    '$items[-1].name',
    "$items[state='live'].id",
    '$items[]',
  ])('keeps its type: %s', (text) => {
    expect(kindOf(text)).toBe('path');
  });

  it('knows its slot, its steps and its text', () => {
    expect(classifyText('$items[id=3].tags[]', scope).value).toEqual({
      kind: 'path',
      slot: 'step:items',
      steps: [{ where: { field: 'id', equals: 3 } }, { field: 'tags' }],
      list: true,
      text: '$items[id=3].tags[]',
    });
  });

  it('is refused for a name out of scope, with the nearest one and the way to literal text', () => {
    const problem = problemOf('$statsu.state');

    expect(problem.code).toBe('NAME_UNKNOWN');
    expect(problem.hint).toContain('Did you mean $status?');
    expect(problem.hint).toContain('$$statsu.state');
  });

  it('takes the message of the scope where it has one', () => {
    const explaining = { ...scope, explain: () => ({ message: 'Step 2 is called "deploy".', hint: 'Write $deploy.' }) };

    expect(classifyText('$step_2.id', explaining).problems).toMatchObject([
      { message: 'Step 2 is called "deploy".', hint: 'Write $deploy. For literal text, write $$step_2.id.' },
    ]);
  });
});

describe('a text with references inside', () => {
  it('is a template of texts and parts', () => {
    expect(classifyText('It is $status.state. Ask ${channel}!', scope).value).toMatchObject({
      kind: 'template',
      parts: ['It is ', { text: '$status.state' }, '. Ask ', { text: '$channel' }, '!'],
    });
  });

  it('marks the template of a URL', () => {
    expect(classifyText('https://api/x/$service_id', scope, { uri: true }).value).toMatchObject({ encoding: 'uri' });
  });

  it('holds expressions too', () => {
    expect(classifyText('n = ${{ $a + 1 }}', scope).value).toMatchObject({
      kind: 'template',
      parts: ['n = ', { kind: 'expression', text: '$a + 1' }],
    });
  });

  it.each([
    ['Restart $servce_id now', '$servce_id', 'Did you mean $service_id?'],
    ['see $foo.bar there', '$foo', '$$foo.bar'],
    ['see ${statu} there', '${statu', 'Did you mean $status?'],
  ])('refuses what is surely a mistyped name: %s', (text, place, hint) => {
    const problem = problemOf(text);

    expect(problem).toMatchObject({ code: 'NAME_UNKNOWN', place });
    expect(problem.hint).toContain(hint);
  });

  it('refuses a path after a value without fields, and shows the braces', () => {
    const problem = problemOf('https://$service_id.onrender.com');

    expect(problem).toMatchObject({ code: 'PATH_ON_SCALAR', place: '$service_id.onrender.com' });
    expect(problem.hint).toContain('${service_id}.onrender.com');
  });

  it('refuses braces that hold a name in scope and something else', () => {
    expect(problemOf('${service_id:-none}').code).toBe('TEXT_AMBIGUOUS');
  });

  it('finds all problems of a text at once', () => {
    expect(classifyText('$foo.x and $bar.y and ${{ $a + }}', scope).problems.map(({ code }) => code)).toEqual([
      'NAME_UNKNOWN',
      'NAME_UNKNOWN',
      'EXPRESSION_SYNTAX',
    ]);
  });
});

describe('any other text', () => {
  it('is literal where a name differs from one in scope by its capitals', () => {
    expect(literalOf('$CHANNEL/bin')).toBe('$CHANNEL/bin');
  });

  it.each([
    'plain',
    '$1',
    '$5.00',
    '$HOME/bin',
    '$$ body $$',
    '${HOME}',
    '$(date)',
    '{% if %}',
    'a $ b',
    '$',
    '$$',
    'DO $$BEGIN END$$',
    'VALUES ($1, $2)',
    '${HOME:-x}',
  ])('is literal, byte for byte: %s', (text) => {
    expect(literalOf(text)).toBe(text);
  });
});

describe('$$', () => {
  it.each([
    ['$$service_id', '$service_id'],
    ['$$HOME', '$HOME'],
    ['say $$service_id', 'say $service_id'],
    ['say $$servce_id', 'say $servce_id'],
    ['say $$foo.bar', 'say $foo.bar'],
    ['$${service_id}', '${service_id}'],
    ['$${{ 1 }}', '${{ 1 }}'],
    ['$$$service_id', '$$service_id'],
  ])('gives one $ before what would otherwise be a reference: %s', (text, expected) => {
    expect(literalOf(text)).toBe(expected);
  });
});

describe('text under a code-like parameter', () => {
  const sql = { codeLike: 'query' };

  it('is refused where a name in scope stands inside, with both ways out', () => {
    const problem = problemOf('SELECT $service_id', sql);

    expect(problem).toMatchObject({ code: 'TEXT_AMBIGUOUS', place: '$service_id' });
    expect(problem.hint).toContain('${{ $service_id }}');
    expect(problem.hint).toContain('$$service_id');
  });

  it('may be one reference', () => {
    expect(kindOf('$service_id', sql)).toBe('path');
  });

  it('takes both ways out', () => {
    expect(kindOf('SELECT ${{ $service_id }}', sql)).toBe('template');
    expect(literalOf('SELECT $$service_id', sql)).toBe('SELECT $service_id');
  });

  it.each(['INSERT INTO t VALUES ($1, $2)', 'query($servce_id: ID!) { x }', '{ $match: { a: "$foo.bar" } }'])(
    'is untouched otherwise: %s',
    (text) => {
      expect(literalOf(text, sql)).toBe(text);
    },
  );
});

describe('an expression without its delimiters', () => {
  it.each([
    '$count($items)',
    '$now()',
    '$a + $b',
    '$a & $status.x = $b',
    '$a - 1',
    '$items[price > 5]',
    '$items[].price',
  ])('is refused with ${{ … }} as the fix: %s', (text) => {
    const problem = problemOf(text);

    expect(problem.code).toBe('TEXT_LOOKS_LIKE_EXPRESSION');
    expect(problem.hint).toContain(`\${{ ${text} }}`);
  });

  it.each(['$a and more of $b', '$a $b', '$a/$b', '$a + x', '$channel: $a'])(
    'is a template when it is not one: %s',
    (text) => {
      expect(kindOf(text)).toBe('template');
    },
  );
});

describe('a condition', () => {
  it('is JSONata', () => {
    expect(classifyExpression("$status.state = 'live'", scope).value).toEqual({
      kind: 'expression',
      text: "$status.state = 'live'",
      variables: { status: 'step:status' },
    });
  });

  it('remembers that it stands under until', () => {
    expect(classifyExpression('$a.ok', scope, { until: true }).value).toMatchObject({ undefinedMeansNotYet: true });
  });

  it('is refused inside ${{ }}', () => {
    expect(classifyExpression('${{ $a }}', scope).problems).toMatchObject([
      { code: 'EXPRESSION_DELIMITERS', hint: 'Write $a' },
    ]);
  });
});

describe('names in an expression', () => {
  it.each([
    ["$satus.state = 'x'", 'NAME_UNKNOWN $satus'],
    ['$a.x[id = $nobody]', 'NAME_UNKNOWN $nobody'],
    ["status.state = 'live'", 'EXPRESSION_BARE_NAME status'],
    ['`two words` = 1', 'EXPRESSION_BARE_NAME `two words`'],
    ['count($items) = 1', 'EXPRESSION_BARE_NAME count'],
    ['$exists(state)', 'EXPRESSION_BARE_NAME state'],
    ['{ "a": b }', 'EXPRESSION_BARE_NAME b'],
    ['$map($items, function($i) { name })', 'EXPRESSION_BARE_NAME name'],
    ['$eval("1")', 'EXPRESSION_EVAL $eval'],
    ['$$.a', 'EXPRESSION_BARE_NAME $$'],
    ['$match($a, /(?=x)/)', 'EXPRESSION_REGEX /(?=x)/'],
    ["$a = 'x", 'EXPRESSION_SYNTAX x'],
  ])('are checked when the file is loaded: %s', (text, expected) => {
    expect(problemsOf(text)).toContain(expected);
  });

  it.each([
    '$items[price > 5].name',
    '$items.(price * quantity)',
    '$items.{ "n": name }',
    '$items{ name: price }',
    '$items^(>price)',
    '$items ~> |$|{ "b": a }|',
    '$items@$i.price',
    '$items#$n[$n > 1]',
    '($x := $a; $x + 1)',
    '($f := function($n) { $n < 1 ? 0 : $f($n - 1) }; $f(3))',
    '$map($items, function($i, $n) { $i.price + $n })',
    '$map($items, $string)',
    '$sum($items.price)',
    '$items[$.price > 5]',
    '$substring(?, 1)',
  ])('may be bound within, or be fields of a context: %s', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('classifying hostile text', () => {
  it.each([
    ['names without end', '$abcd'.repeat(20_000)],
    ['nested defaults', `\${{ ${'('.repeat(60)}$a${' ?? 1)'.repeat(60)} }}`],
    ['deep brackets', `\${{ ${'['.repeat(9_000)} }}`],
    ['a long chain', `\${{ 1${' + 1'.repeat(4_000)} }}`],
    ['a long text', `\${{ "${'x'.repeat(100_000)}" }}`],
    ['open quotes', `\${{ '`.repeat(10_000)],
    ['half references', '$a['.repeat(20_000)],
    ['open backticks', '$a.`'.repeat(20_000)],
  ])('answers: %s', (_what, text) => {
    const { value, problems } = classifyText(text, scope);

    expect(value !== undefined || problems.length > 0).toBe(true);
  });
});
