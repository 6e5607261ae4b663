import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each floor may import, as `docs/architecture.md` says. `generated` code is the schema checks. */
const floors: Readonly<Record<string, readonly string[]>> = {
  interfaces: ['interfaces', 'app', 'model'],
  app: ['app', 'adapters', 'engine', 'language', 'model'],
  adapters: ['adapters', 'model'],
  engine: ['engine', 'language', 'model'],
  language: ['language', 'model'],
  model: ['model'],
};

/** The only folders that may know a library. */
const homes: Readonly<Record<string, readonly string[]>> = {
  yaml: ['src/language'],
  ajv: ['src/language'],
  'ajv-formats': ['src/language'],
  jsonata: ['src/language'],
  re2js: ['src/language'],
  cockatiel: ['src/engine/policies'],
  'better-sqlite3': ['src/adapters/sqlite'],
  axios: ['src/adapters/connectors'],
  commander: ['src/interfaces/cli'],
  '@modelcontextprotocol/client': ['src/adapters/connectors/mcp'],
  '@modelcontextprotocol': ['src/adapters/connectors/mcp'],
  ioredis: ['src/adapters/redis'],
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes(`generated${sep}`))
  .map((name) => join('src', name));

describe('the source', () => {
  it('imports only downwards, floor by floor', () => {
    const wrong = files.flatMap((file) =>
      localImports(file)
        .filter((target) => !mayImport(file, target))
        .map((target) => `${file} imports ${target}`),
    );

    expect(wrong).toEqual([]);
  });

  it('keeps each library in its home', () => {
    const wrong = files.flatMap((file) =>
      packageImports(file)
        .filter((name) => !homeOf(name).some((home) => file.startsWith(home)))
        .map((name) => `${file} imports ${name}`),
    );

    expect(wrong).toEqual([]);
  });

  it('keeps Node out of the floors that also run in a browser', () => {
    const wrong = files
      .filter((file) => file.startsWith('src/model') || file.startsWith('src/language'))
      .filter((file) => importsOf(file).some((name) => name.startsWith('node:')));

    expect(wrong).toEqual([]);
  });

  it('has no file of over 400 lines', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401);

    expect(long).toEqual([]);
  });

  it('has no file that imports itself over others', () => {
    expect(findRing()).toBeUndefined();
  });
});

function mayImport(file: string, target: string): boolean {
  const [from, to] = [floorOf(file), floorOf(target)];
  if (!floors[from]?.includes(to)) return from === 'adapters' && target === join('src', 'engine', 'ports.ts');
  return from !== 'adapters' || to !== 'adapters' || partOf(file) === partOf(target);
}

function floorOf(file: string): string {
  return file.split(sep)[1] ?? '';
}

/** `src/adapters/sqlite`: adapters do not import each other. */
function partOf(file: string): string {
  return file.split(sep).slice(0, 3).join(sep);
}

function homeOf(name: string): readonly string[] {
  const home = homes[name];
  if (home) return home;
  return name.startsWith('node:') ? ['src'] : [];
}

const anyImport = /(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*)'([^']+)'/g;

function importsOf(file: string, pattern = anyImport): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

function localImports(file: string, pattern = anyImport): string[] {
  return importsOf(file, pattern)
    .filter((name) => name.startsWith('.') && !name.endsWith('package.json'))
    .map((name) => relative('.', resolve(dirname(file), name)));
}

function packageImports(file: string): string[] {
  return importsOf(file)
    .filter((name) => !name.startsWith('.'))
    .map((name) => (name.startsWith('node:') ? name : name.split('/', name.startsWith('@') ? 2 : 1).join('/')));
}

/**
 * The first ring of files found. Types count, since a reader meets them all the same; what is loaded when it is needed
 * does not: a command line names its commands, and a command the flags that it takes.
 */
function findRing(): readonly string[] | undefined {
  const done = new Set<string>();
  for (const file of files) {
    const ring = walk(file, [], done);
    if (ring) return ring;
  }
  return undefined;
}

function walk(file: string, path: readonly string[], done: Set<string>): readonly string[] | undefined {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (done.has(file) || file.includes('generated')) return undefined;
  for (const target of localImports(file, /\bfrom\s*'([^']+)'/g)) {
    const ring = walk(target, [...path, file], done);
    if (ring) return ring;
  }
  done.add(file);
  return undefined;
}
