/**
 * Turns the hand-written schemas into the compact shapes that `src/language/structure/` checks files against: without
 * what only people and editors need, and without the insides of steps, which the loader walks itself, since it must
 * know a step's kind before it can say what is wrong with it.
 *
 * ajv's standalone code would do the same work, but takes 20 ms to load and run first, against less than 1 ms for
 * these; a test holds the two to the same verdicts.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(here, '..', 'src', 'language', 'generated');

const shapes = { 'workflow-shape': 'workflow.schema.json', 'config-shape': 'runner.schema.json' };

/** What belongs where a list of steps, a step or a part with steps stands. */
const shallow = {
  '#/$defs/step': { title: 'a step', type: 'object' },
  '#/$defs/steps': { title: 'a list of steps', type: 'array' },
  '#/$defs/fallback': {
    title: 'a step, a list of steps, `{ value: … }` or `{ manual: true }`',
    type: ['object', 'array'],
  },
  '#/$defs/case': { title: 'a case of `switch`', type: 'object' },
  '#/$defs/handler': { title: 'a handler with `errors` and `steps`', type: 'object' },
};

const forEditors = new Set(['$schema', '$id', 'description', 'examples', 'default', 'oneOf', 'if', 'then', 'else']);

/** Writes `src/language/generated/`. */
export async function generateValidators() {
  await mkdir(target, { recursive: true });
  for (const [name, schema] of Object.entries(shapes)) {
    const shape = compact(JSON.parse(await readFile(join(here, schema), 'utf8')));
    await writeIfChanged(`${name}.js`, `export const text = ${JSON.stringify(JSON.stringify(shape))};\n`);
    await writeIfChanged(`${name}.d.ts`, '/** JSON of a `Shape`. */\nexport const text: string;\n');
  }
}

function compact(schema) {
  if (typeof schema === 'boolean') return schema;
  const shape = {};
  const stop = shallow[schema.$ref];
  for (const [key, value] of Object.entries(schema)) {
    if (forEditors.has(key) || (stop && key === '$ref')) continue;
    if (key === 'properties' || key === '$defs') shape[key] = mapValues(value, compact);
    else shape[key] = isObject(value) && key !== 'dependentRequired' ? compact(value) : value;
  }
  return { ...stop, ...shape };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By rename, because several test runs may generate at the same time. */
async function writeIfChanged(name, text) {
  const path = join(target, name);
  const old = await readFile(path, 'utf8').catch(() => undefined);
  if (old === text) return;
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateValidators();
