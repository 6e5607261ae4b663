import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/language/load.ts';

describe('docs/language.md', () => {
  const snippets = [...readFileSync('docs/language.md', 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(
    (found) => found[1] ?? '',
  );

  it.each(snippets)('shows a workflow without faults: %#', async (snippet) => {
    const { diagnostics } = await loadWorkflow(new TextEncoder().encode(snippet), { file: 'snippet.yaml' });

    expect(diagnostics.filter(({ severity }) => severity !== 'unsupported')).toEqual([]);
  });
});

describe('docs/diagnostics.md', () => {
  const documented = new Set(
    [...readFileSync('docs/diagnostics.md', 'utf8').matchAll(/^\| `([A-Z_]+)`/gm)].map((found) => found[1]),
  );
  const fixtures = readdirSync('test/fixtures/err').filter((name) => name.endsWith('.expected.txt'));

  it('lists every code of the loader', () => {
    const used = codesIn('src/language').filter((code) => !ofTheYamlLibrary.has(code));

    expect(used.filter((code) => !documented.has(code))).toEqual([]);
  });

  it.each(fixtures)('lists the codes of %s', (name) => {
    const told = [...readFileSync(join('test/fixtures/err', name), 'utf8').matchAll(/^\S+\.yaml\S* ([A-Z_]+)/gm)];

    expect(told.map((found) => found[1]).filter((code) => !documented.has(code))).toEqual([]);
  });
});

const ofTheYamlLibrary = new Set([
  'BAD_INDENT',
  'BAD_SCALAR_START',
  'TAB_AS_INDENT',
  'UNEXPECTED_TOKEN',
  'MISSING_CHAR',
]);

function codesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files
    .flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((found) => found[1] ?? ''),
    )
    .filter((code) => code !== 'QUOTE_SINGLE');
}
