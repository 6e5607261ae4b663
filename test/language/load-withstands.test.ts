import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/language/load.ts';

const folders = ['test/fixtures/ok', 'test/fixtures/err'];
const samples = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name))),
);

describe('the loader', () => {
  it('answers any bytes, and finds a fault in what is no workflow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect((await load(bytes)).diagnostics).not.toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('answers any damage to a workflow, with a workflow or with findings', async () => {
    const damage = fc.record({
      sample: fc.constantFrom(...samples),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat({ max: 12 }),
      insert: fc.constantFrom(
        '',
        ':',
        '{',
        '[',
        '"',
        "'",
        '#',
        '&a ',
        '*a',
        '$',
        '${{',
        '}}',
        '\n',
        '\t',
        '- ',
        '\u0000',
        '|',
      ),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ sample, at, cut, insert }) => {
        const start = Math.floor(at * sample.length);
        const bytes = Buffer.concat([sample.subarray(0, start), Buffer.from(insert), sample.subarray(start + cut)]);

        const { workflow, diagnostics } = await load(bytes);

        expect(workflow === undefined).toBe(diagnostics.some(({ severity }) => severity !== 'warning'));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['brackets', '['.repeat(20_000)],
    ['nested keys', '{a: '.repeat(10_000)],
    ['dashes', '- '.repeat(10_000)],
    ['quotes', '"'.repeat(20_000)],
    ['anchors', '&a '.repeat(10_000)],
    ['directives', '%a\n'.repeat(10_000)],
    ['documents', '---\n'.repeat(10_000)],
    ['keys', Array.from({ length: 10_000 }, (_, index) => `k${index}: 1\n`).join('')],
    ['faults in one text', `steps:\n  - set: { x: "${'$step_1.'.repeat(10_000)}" }`],
    ['parentheses', `steps:\n  - log: x\n    if: ${'('.repeat(20_000)}`],
  ])('answers a file of nothing but %s with few findings', async (_, text) => {
    const { diagnostics } = await load(new TextEncoder().encode(text));

    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(300);
  });

  it('refuses a file over 256 KB without reading it', async () => {
    const { diagnostics } = await load(new Uint8Array(256 * 1024 + 1));

    expect(diagnostics.map(({ code }) => code)).toEqual(['FILE_TOO_LARGE']);
  });

  it('refuses bytes that are not UTF-8, where they stand', async () => {
    const { diagnostics } = await load(Uint8Array.from([0x61, 0x3a, 0x0a, 0x62, 0xff]));

    expect(diagnostics).toMatchObject([{ code: 'FILE_ENCODING', line: 2, column: 2 }]);
  });
});

async function load(bytes: Uint8Array) {
  return loadWorkflow(bytes, { file: 'sample.yaml' });
}
