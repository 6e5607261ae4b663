import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const entry = 'interfaces/library/index';

/**
 * Writes the types of the library: `index.d.ts`, and under `types/` the files that it needs, and no others.
 * @param outdir an existing folder
 */
export async function buildTypes(outdir) {
  // Inside the project, so that the compiler finds its packages.
  const work = await mkdtemp(resolve('.types-'));
  try {
    await compile(work);
    for (const file of await neededFiles(join(work, `${entry}.d.ts`))) {
      const target = join(outdir, 'types', relative(work, file));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, forPrograms(await readFile(file, 'utf8')));
    }
    await writeFile(join(outdir, 'index.d.ts'), `export * from './types/${entry}.js';\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compile(work) {
  const config = {
    extends: '../tsconfig.json',
    compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: '../src', outDir: '.' },
    files: [`../src/${entry}.ts`],
    include: [],
  };
  await writeFile(join(work, 'tsconfig.json'), JSON.stringify(config));
  // It writes all files and complains of some that no program sees; `check:types` is what checks.
  await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', work]).catch(() => undefined);
}

async function neededFiles(first) {
  const files = new Set([first]);
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    for (const [, name] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)) {
      files.add(join(dirname(file), `${name}.d.ts`));
    }
  }
  return files;
}

/** Only our own compiler may be told of `.ts` files. */
function forPrograms(text) {
  return text.replaceAll(/((?:from |import\()['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2');
}
