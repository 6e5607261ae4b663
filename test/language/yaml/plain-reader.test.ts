import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../../src/language/findings.ts';
import { parseYaml } from '../../../src/language/yaml/parse-yaml.ts';
import { readPlainYaml } from '../../../src/language/yaml/plain-reader.ts';

const files = ['workflows', 'test/fixtures', 'docs']
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((name) => name.endsWith('.yaml'));

/** What both readers give. Where the plain one leaves a text to the library, there is nothing to compare. */
function readings(text: string): { readonly plain: unknown; readonly library: unknown } {
  const plain = { tree: readPlainYaml(text), findings: [] };
  const findings = new Findings('file.yaml', text);
  return {
    plain,
    library: plain.tree === undefined ? plain : { tree: parseYaml(findings), findings: findings.sorted() },
  };
}

describe('the plain reader', () => {
  it.each(files)('reads %s as the library does, or leaves it alone', (file) => {
    const { plain, library } = readings(readFileSync(file, 'utf8'));

    expect(plain).toEqual(library);
  });

  it('reads a usual workflow by itself', () => {
    expect(readPlainYaml(readFileSync('workflows/full_deployment.yaml', 'utf8'))).toBeDefined();
  });

  it('reads whatever it reads as the library does', () => {
    const check = fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
      const { plain, library } = readings(`${lines.join('\n')}\n`);

      expect(plain).toEqual(library);
    });

    fc.assert(check, { numRuns: 20_000 });
  });

  it.each([
    ['an anchor', 'a: &x 1\n'],
    ['a tag', 'a: !!str 1\n'],
    ['text over two lines', 'a: one\n  two\n'],
    ['an escape', 'a: "\\n"\n'],
    ['a tab', 'a:\t1\n'],
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['a number with a leading zero', 'a: 012\n'],
    ['a key twice', 'a: 1\na: 2\n'],
    ['a key without a value', 'a:\nb: 1\n'],
    ['a key that is no text', 'true: 1\n'],
    ['a folded block', 'a: >\n  text\n'],
    ['no line end at the end', 'a: 1'],
    ['deep nesting', `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`],
  ])('leaves %s to the library', (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });
});

const words = `a|b|steps|tool|x-y|$step_1.id|10s|1|-1|1.5|0|-0|1e3|0x1|.5|1_0|0o7|+1|1.|..|2026-01-31|true|null|~|yes|No
FALSE|TRUE|Null|"q # z"|'it''s'|"a: b"|it is|a#b|a #c|a:b|a: b|[]|{}|[a, b]|[a, "b", [c]]|{ a: 1 }|{a: b, c: [d]}|{ a: $x }
[a,]|{a:b}|[a b, -1]|[ a , b ] # c|>|&x|*x|!t|- a|-|- - a|-a|?|: x|@a|%a||#|\${{ a }}|"unclosed|'un|[a|{a|a]|é|a  |"a" b|''|""
<<|-x|$a[0]|[$a[0]]|a, b|{ a: b } c|'a' # b|.inf|-.Inf|.NaN`.split(/[|\n]/);
const word = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.constantFrom('|', '|-'));
const key = fc.constantFrom(
  'a:',
  'b:',
  'c:',
  'key:',
  'a :',
  '"a":',
  'true:',
  '1:',
  '-:',
  'a.b:',
  'a/b:',
  'x-y:',
  'a:b:',
);
const indentation = fc.constantFrom('', '', '', '  ', '  ', '    ', ' ');
const line = fc
  .record({
    indent: indentation,
    dash: fc.constantFrom('', '', '', '- ', '-   ', '-'),
    key: fc.option(key, { nil: '' }),
    space: fc.constantFrom('', ' ', ' ', ' ', '  '),
    word,
    comment: fc.constantFrom('', '', '', '', ' # note', '#note'),
  })
  .map(({ indent, dash, key, space, word, comment }) => indent + dash + key + space + word + comment);
