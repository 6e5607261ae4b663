#!/usr/bin/env node
/**
 * Builds `dist/`: generates the schema validators, then bundles the command line with one chunk per command, so that
 * a start loads only what its command needs. Ends with 0 where the development tools are absent (a plain install of
 * the packed package, which brings `dist/` along).
 *
 *   node build.mjs [--generate-only]
 */
import { chmod, rm } from 'node:fs/promises';

const esbuild = await import('esbuild').catch(() => undefined);
if (esbuild === undefined) process.exit(0);

const { generateValidators } = await import('./schemas/generate-validators.mjs');
await generateValidators();
if (process.argv.includes('--generate-only')) process.exit(0);

await rm('dist', { recursive: true, force: true });
await esbuild.build({
  entryPoints: { runner: 'src/interfaces/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'none',
  external: ['better-sqlite3'],
  banner: {
    // CommonJS packages inside the bundle still call `require`.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  chunkNames: 'chunks/[name]-[hash]',
});
await chmod('dist/runner.js', 0o755);
