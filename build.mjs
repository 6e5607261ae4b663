#!/usr/bin/env node
/**
 * Builds `dist/`: generates the schema validators, then bundles the command line into one file and the library into
 * another, with the dear libraries apart, so that a start loads only what it needs. Ends with 0 where the development tools are
 * absent (a plain install of the packed package, which brings `dist/` along).
 *
 *   node build.mjs [--generate-only] [--outdir FOLDER]
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTypes } from './build-types.mjs';

const { values } = parseArgs({
  options: { 'generate-only': { type: 'boolean', default: false }, outdir: { type: 'string', default: 'dist' } },
});
// Whoever runs the old build at this moment keeps it until the new one is whole.
const outdir = `${values.outdir}.building-${process.pid}`;

const esbuild = await import('esbuild').catch(() => undefined);
if (esbuild === undefined) process.exit(0);

const { generateValidators } = await import('./schemas/generate-validators.mjs');
await generateValidators();
if (values['generate-only']) process.exit(0);

await mkdir(join(outdir, 'lib'), { recursive: true });
// CommonJS starts faster: the loader of ES modules alone costs a fifth of a cold `runner run`.
await writeFile(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const shared = {
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'none',
  external: ['better-sqlite3', 'ioredis'],
  supported: { 'dynamic-import': false },
  define: {
    'import.meta.url': '__importMetaUrl',
    'import.meta.dirname': '__dirname',
    builtVersion: JSON.stringify(version),
  },
};
const importMetaUrl = "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;";

/** Libraries that most starts do not need: each in a file of its own, so that nothing reads or compiles it in vain. */
const dear = new Map();
const apart = {
  name: 'dear libraries apart',
  setup(build) {
    build.onResolve(
      { filter: /^(?:ajv|ajv-formats|axios|jsonata|re2js|@modelcontextprotocol\/client)(?:\/|$)/ },
      ({ path, importer }) => {
        if (importer.includes('node_modules')) return undefined;
        const file = `lib/${path.replaceAll(/[^\w.]/g, '-').replace(/\.js$/, '')}.js`;
        dear.set(file, path);
        return { path: `./${file}`, external: true };
      },
    );
  },
};

await esbuild.build({
  ...shared,
  entryPoints: { main: 'src/interfaces/cli/main.ts', index: 'src/interfaces/library/index.ts' },
  outdir,
  banner: { js: importMetaUrl },
  plugins: [apart],
});
const builtId = createHash('sha256')
  .update(await readFile(join(outdir, 'main.js')))
  .digest('hex')
  .slice(0, 16);
await esbuild.build({
  ...shared,
  entryPoints: { runner: 'src/interfaces/cli/start.ts' },
  outdir,
  define: { ...shared.define, builtId: JSON.stringify(builtId) },
});
for (const [file, path] of dear) {
  await esbuild.build({
    ...shared,
    stdin: { contents: `module.exports = require(${JSON.stringify(path)});`, resolveDir: '.' },
    outfile: join(outdir, file),
  });
}
await buildTypes(outdir);
await chmod(join(outdir, 'runner.js'), 0o755);
await rm(values.outdir, { recursive: true, force: true });
await rename(outdir, values.outdir);
