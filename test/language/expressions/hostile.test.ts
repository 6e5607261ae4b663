import { describe, expect, it } from 'vitest';
import { evaluateExpression, parseExpression } from '../../../src/language/expressions/jsonata.ts';
import { evaluationScope, faultOf } from './scopes.ts';

async function evaluated(text: string): Promise<unknown> {
  return evaluateExpression({ kind: 'expression', text, variables: {} }, evaluationScope({}));
}

const doubling = (double: string) =>
  `($g := function($s, $n) { $n = 0 ? $length($s) : $g(${double}, $n - 1) }; $g("aaaaaaaaaaaa", 40))`;

describe('a hostile expression', () => {
  it.each([
    ['an endless tail call', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['endless recursion', '($f := function($n) { 1 + $f($n + 1) }; $f(0))'],
    ['a product of lists', '[1..100000].[1..100000]'],
    ['a huge range', '[1..10000000]'],
    ['growing lists', '$reduce([1..20], function($a, $v) { $append($a, $a) }, [1..1000])'],
    ['built-in functions calling each other', '$reduce([1..100000], $append)'],
    ['a sort without end', '$sort([1..100000], function($a, $b) { $a < $b })'],
    ['wide padding', '$pad("x", 1e9)'],
    ['text that doubles', doubling('$s & $s')],
    ['text that doubles by joining', doubling('$join([$s, $s])')],
    ['a date picture that explodes', `$toMillis("${'1'.repeat(60)}x", "${'[Y]1'.repeat(9)}[Y]")`],
    ['a wide date picture', '$fromMillis(0, "[FNn,999999999-999999999]")'],
  ])('ends with a limit: %s', async (_what, text) => {
    expect((await faultOf(() => evaluated(text))).kind).toBe('limit');
  });

  it.each([
    ['nested quantifiers', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)[]'],
    ['overlapping alternatives', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a|aa)+$/)[]'],
  ])('matches in linear time: %s', async (_what, text) => {
    const result = await evaluated(text);

    expect(result).toEqual([]);
  });

  it.each([
    ['the same item many times', '$count($distinct([1..20000]))', 20_000],
    ['a long list to sort', '$sort([1..20000])[0]', 1],
  ])('takes no more time than its data: %s', async (_what, text, expected) => {
    expect(await evaluated(text)).toBe(expected);
  });

  it.each(['$eval("1 + 1")', '($e := $eval; $e("1"))', '"1" ~> $eval'])('never evaluates data: %s', async (text) => {
    expect((await faultOf(() => evaluated(text))).kind).toBe('expression');
  });

  it.each([
    ['nested defaults', `${'('.repeat(40)}$a${' ?? 1)'.repeat(40)}`],
    ['nested conditions', `${'('.repeat(40)}$a${' ?: 1)'.repeat(40)}`],
    ['brackets', `${'('.repeat(9_000)}1${')'.repeat(9_000)}`],
    ['signs', `${'-'.repeat(15_000)}$a`],
    ['a long chain', `1${' + 1'.repeat(4_000)}`],
    ['a long text', `"${'x'.repeat(30_000)}"`],
  ])('is refused before it is parsed or run: %s', (_what, text) => {
    expect(parseExpression(text)).toMatchObject({ ok: false, problem: { code: 'EXPRESSION_TOO_COMPLEX' } });
  });

  it('may hold many defaults side by side', () => {
    const members = Array.from({ length: 60 }, (_, index) => `"m${index}": $a ?? $b ?? ${index}`);

    expect(parseExpression(`{ ${members.join(', ')} }`).ok).toBe(true);
  });
});
