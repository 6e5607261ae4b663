import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCommand } from '../support/cli.ts';
import type { CommandResult } from '../support/cli.ts';
import { codeBlocksOf } from '../support/code-blocks.ts';

const root = resolve(import.meta.dirname, '../..');
const blocks = codeBlocksOf(join(root, 'docs/library.md'), ['ts', 'cjs']);
let project: string;

/** Somebody else's project, which has the packed package and nothing of this checkout but SQLite's native part. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'runner-foreign-'));
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const [{ filename }] = JSON.parse(
    execFileSync('npm', pack, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );
  const installed = join(project, 'node_modules/runner');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  symlinkSync(join(root, 'node_modules/better-sqlite3'), join(project, 'node_modules/better-sqlite3'));
  cpSync(join(installed, 'workflows'), join(project, 'workflows'), { recursive: true });
  writeFileSync(join(project, 'runner.yaml'), 'bridge: sandbox\n');
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  for (const { line, language, text } of blocks) {
    writeFileSync(join(project, `block-${line}.${language === 'cjs' ? 'cjs' : 'ts'}`), text);
  }
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function node(file: string): Promise<CommandResult> {
  return startCommand([process.execPath, file], { cwd: project }).ended;
}

function compile(files: readonly string[]): Promise<CommandResult> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    target: 'ES2022',
    module: 'NodeNext',
    lib: ['ES2022', 'DOM'],
    types: [],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return startCommand([process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: project })
    .ended;
}

describe('the packed package', () => {
  it('has types for what it exports, and none of its insides', () => {
    const installed = join(project, 'node_modules/runner');

    expect(existsSync(join(installed, 'dist/index.d.ts'))).toBe(true);
    expect(existsSync(join(installed, 'src'))).toBe(false);
    expect(existsSync(join(installed, 'dist/types/engine'))).toBe(false);
  });

  it('compiles in a strict TypeScript project, from ES modules and from CommonJS', async () => {
    writeFileSync(
      join(project, 'common.cts'),
      "import { createRunner } from 'runner';\nvoid createRunner().close();\n",
    );
    const pages = blocks.filter(({ language }) => language === 'ts').map(({ line }) => `block-${line}.ts`);

    expect(await compile([...pages, 'common.cts'])).toMatchObject({ code: 0, stdout: '' });
    expect(await node('common.cjs')).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuses wrong types', async () => {
    writeFileSync(
      join(project, 'wrong.ts'),
      "import { createRunner } from 'runner';\nvoid createRunner({ cdw: '.' });\nvoid createRunner().call('a/b', { at: new Date() });\n",
    );

    const { code, stdout } = await compile(['wrong.ts']);

    expect(code).not.toBe(0);
    expect(stdout.match(/wrong\.ts\(\d/g)).toHaveLength(2);
  });

  it('is used from plain JavaScript', async () => {
    writeFileSync(
      join(project, 'plain.mjs'),
      "import { createRunner } from 'runner';\n" +
        'const runner = createRunner();\n' +
        "const { success, sandbox } = await runner.call('render/render_get_service', { serviceId: 'srv-demo' });\n" +
        'console.log(JSON.stringify({ success, sandbox }));\nawait runner.close();\n',
    );

    expect(await node('plain.mjs')).toMatchObject({ code: 0, stdout: '{"success":true,"sandbox":true}\n', stderr: '' });
  });

  it('exports its schemas', () => {
    const { exports } = JSON.parse(readFileSync(join(project, 'node_modules/runner/package.json'), 'utf8'));

    expect(Object.keys(exports)).toEqual(['.', './schemas/*', './package.json']);
    expect(existsSync(join(project, 'node_modules/runner/schemas/workflow.schema.json'))).toBe(true);
  });
});

describe('docs/library.md', () => {
  it('has blocks', () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  it.each(blocks.map(({ line, language }) => [line, language] as const))('runs in line %i', async (line, language) => {
    if (language === 'ts') await compile([`block-${line}.ts`]);

    expect(await node(`block-${line}.${language === 'cjs' ? 'cjs' : 'js'}`)).toMatchObject({ code: 0, stderr: '' });
  });
});
