import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Builds the product into a folder of its own; gives its `runner.js`. */
export async function buildRunner(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, ['build.mjs', '--outdir', folder], { cwd: root });
  return join(folder, 'runner.js');
}

/** Bundles the workers as the product is bundled; gives their folder. */
export async function buildWorkers(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, ['build.mjs', '--generate-only'], { cwd: root });
  await build({
    entryPoints: [join(root, 'bench/workers/*.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['better-sqlite3'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return folder;
}
