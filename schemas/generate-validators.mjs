/**
 * Turns the hand-written schemas into validators at build time: compiling them at run time costs more than all the
 * rest of a start. The loader walks nested steps itself, since it must know a step's kind before it can say what is
 * wrong with it; so the validators stop where a step begins.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(here, '..', 'src', 'language', 'generated');

const shallow = {
  '#/$defs/step': { type: 'object' },
  '#/$defs/steps': { type: 'array' },
  '#/$defs/fallback': { type: ['object', 'array'] },
  '#/$defs/branch': { type: 'object' },
  '#/$defs/case': { type: 'object' },
  '#/$defs/handler': { type: 'object' },
};

const parts = {
  'workflow-validators': {
    schema: 'workflow.schema.json',
    validators: {
      checkWorkflow: '',
      checkStep: 'step',
      checkBranch: 'branch',
      checkCase: 'case',
      checkHandler: 'handler',
      checkAlternativeValue: 'fallback_value',
    },
  },
  'config-validators': { schema: 'runner.schema.json', validators: { checkConfig: '' } },
};

/** Writes `src/language/generated/`: validators, their types, and what messages need to know of the schemas. */
export async function generateValidators() {
  await mkdir(target, { recursive: true });
  for (const [name, part] of Object.entries(parts)) {
    const schema = JSON.parse(await readFile(join(here, part.schema), 'utf8'));
    await writeIfChanged(`${name}.js`, await validatorCode(schema, part.validators));
    await writeIfChanged(`${name}.d.ts`, typesOf(Object.keys(part.validators)));
  }
}

async function validatorCode(schema, validators) {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const { default: standaloneCode } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    unicode: false,
    messages: false,
    inlineRefs: false,
    logger: false,
    code: { source: true, esm: true, lines: false },
  });
  const shape = { ...stopAtSteps(schema), $id: 'schema' };
  ajv.addSchema(shape);
  const names = {};
  for (const [name, definition] of Object.entries(validators)) {
    if (definition === '') names[name] = 'schema';
    else ajv.addSchema({ $id: (names[name] = definition), $ref: `schema#/$defs/${definition}` });
  }
  const code = (standaloneCode.default ?? standaloneCode)(ajv, names);
  if (code.includes('require(')) throw new Error('A validator needs a library at run time.');
  return `${code}\nexport const facts = ${JSON.stringify(factsOf(shape))};\n`;
}

/** Copies a schema without what only editors need, and without the insides of steps. */
function stopAtSteps(node) {
  if (Array.isArray(node)) return node.map((item) => stopAtSteps(item));
  if (typeof node !== 'object' || node === null) return node;
  const copy = {};
  const stop = shallow[node.$ref];
  for (const [key, value] of Object.entries(node)) {
    if (
      ['$schema', 'description', 'examples', 'default', 'oneOf', 'if', 'then', 'else', 'dependentRequired'].includes(
        key,
      )
    ) {
      // A property may be called `if` or `default`: then it holds a schema and has a title or a reference.
      if (!isSchemaOfProperty(value)) continue;
    }
    if (key === '$ref' && stop) continue;
    copy[key] = stopAtSteps(value);
  }
  return { ...copy, ...stop };
}

function isSchemaOfProperty(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    ('title' in value || '$ref' in value) &&
    !('const' in value) &&
    'description' in value
  );
}

/** For each place of the schema: the noun that says what belongs there, and the keys that it knows. */
function factsOf(schema) {
  const facts = {};
  const visit = (node, path) => {
    if (typeof node !== 'object' || node === null) return;
    if (!Array.isArray(node) && (typeof node.title === 'string' || node.additionalProperties === false)) {
      const keys = node.additionalProperties === false ? Object.keys(node.properties ?? {}) : undefined;
      facts[path] = { ...(typeof node.title === 'string' && { noun: node.title }), ...(keys && { keys }) };
    }
    for (const [key, value] of Object.entries(node))
      visit(value, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
  visit(schema, '#');
  return facts;
}

function typesOf(names) {
  return `import type { SchemaFacts, Validator } from '../structure/validator.ts';

${names.map((name) => `export const ${name}: Validator;`).join('\n')}
export const facts: SchemaFacts;
`;
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
