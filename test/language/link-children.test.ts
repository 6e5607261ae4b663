import { describe, expect, it } from 'vitest';
import { linkChildren } from '../../src/language/children/link-children.ts';
import type { LoadedWorkflow } from '../../src/language/load.ts';
import { loadWorkflow } from '../../src/language/load.ts';

type Files = Readonly<Record<string, string>>;

describe('a workflow that starts others', () => {
  it('holds all that its runs can reach, each once', async () => {
    const { workflow, loads } = await link({
      a: 'steps: [{ workflow: b }, { workflow: c }]',
      b: 'steps: [{ for_each: [1], steps: [{ workflow: c }] }]',
      c: 'steps: [{ tool: x/create, undo: { workflow: d } }]',
      d: 'steps: [{ log: x }]',
    });

    expect(Object.keys(workflow?.children ?? {})).toEqual(['b', 'c', 'd']);
    expect(workflow?.children?.['b']).not.toHaveProperty('children');
    expect(loads).toEqual(['b', 'c', 'd']);
  });

  it('has a hash that changes with them', async () => {
    const a = 'steps: [{ workflow: b }]';

    const [one, same, other] = await Promise.all([
      link({ a, b: 'steps: [{ log: x }]' }),
      link({ a, b: 'steps: [{ log: x }]', c: 'steps: [{ log: z }]' }),
      link({ a, b: 'steps: [{ log: y }]' }),
    ]);

    expect(same.workflow?.hash).toBe(one.workflow?.hash);
    expect(other.workflow?.hash).not.toBe(one.workflow?.hash);
  });

  it('gives each the hash that it has by itself, which covers what it can start', async () => {
    const files = { a: 'steps: [{ workflow: b }]', b: 'steps: [{ workflow: c }]', c: 'steps: [{ log: x }]' };

    const { workflow } = await link(files);
    const { workflow: alone } = await link({ ...files, a: files.b });
    const other = await link({ ...files, c: 'steps: [{ log: y }]' });

    expect(workflow?.children?.['c']?.hash).toBe(alone?.children?.['c']?.hash);
    expect(workflow?.children?.['b']?.hash).not.toBe(other.workflow?.children?.['b']?.hash);
  });

  it('may catch what they fail with', async () => {
    const files = {
      a: 'steps: [{ try: [{ workflow: b }], catch: [{ errors: [not_ready, not_redy], steps: [{ log: x }] }] }]',
      b: 'steps: [{ workflow: c }]',
      c: 'steps: [{ fail: { code: not_ready, message: No } }]',
    };

    const told = await findingsOf(files);

    expect(told).toEqual([
      '2:65 ERROR_KIND_UNKNOWN `not_redy` is neither a kind of error nor the `code` of a `fail` in this file or a workflow that it starts. Did you mean `not_ready`?',
    ]);
  });
});

describe('a workflow that starts none', () => {
  it('is left as it is', async () => {
    const loaded = await load({ a: 'steps: [{ log: x }]' }, 'a');

    expect(await linkChildren(loaded, () => Promise.reject(new Error('nothing is to be loaded')))).toBe(loaded);
  });
});

describe('a child that is not there, leads back or is too far down', () => {
  it('is refused where it is named', async () => {
    expect(await findingsOf({ a: 'steps: [{ workflow: gone }]' })).toEqual([
      '2:21 WORKFLOW_UNKNOWN The project has no workflow `gone`.',
    ]);
  });

  it('is refused with the whole way round', async () => {
    const b = 'steps: [{ workflow: c }]';
    const c = 'steps: [{ parallel: { x: { workflow: a } } }]';

    expect(await findingsOf({ a: 'steps: [{ workflow: b }]', b, c })).toEqual([
      '2:21 WORKFLOW_CYCLE `b` leads back here, without end: a -> b -> c -> a. For a loop use `repeat`, or `for_each`.',
    ]);
    expect(await findingsOf({ a: 'steps: [{ workflow: a }]' })).toEqual([
      '2:21 WORKFLOW_CYCLE `a` would start itself, without end. For a loop use `repeat`, or `for_each`.',
    ]);
  });

  it('is refused also where only the children go round', async () => {
    const files = { b: 'steps: [{ workflow: c }]', c: 'steps: [{ workflow: b }]' };

    expect(await findingsOf({ a: 'steps: [{ workflow: b }]', ...files })).toEqual([
      '2:21 WORKFLOW_CHILD `b` cannot run: b.yaml:2:21 WORKFLOW_CYCLE `c` leads back here, without end: b -> c -> b. `runner validate b.yaml` tells all.',
    ]);
  });

  it.each([
    [10, []],
    [11, ['WORKFLOW_TOO_DEEP']],
  ])('may be %i levels down: %j', async (levels, codes) => {
    const { diagnostics } = await link(chainOf(levels));

    expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  });
});

describe('a child that cannot run', () => {
  it('is named with its file and its first fault, however far down', async () => {
    const c = 'steps: [{ log: $nobody }]';

    expect(await findingsOf({ a: 'steps: [{ workflow: b }]', b: 'steps: [{ workflow: c }]', c })).toEqual([
      '2:21 WORKFLOW_CHILD `b` cannot run: c.yaml:2:16 NAME_UNKNOWN Nothing is called $nobody here. `runner validate c.yaml` tells all.',
    ]);
  });

  it('is no error of its parent where this version just cannot execute it', async () => {
    const b = 'steps: [{ tool: x/create, budget: { key: x, max: 1, per: 1h, then: approve } }]';

    const { workflow, diagnostics } = await link({ a: 'steps: [{ workflow: b }]', b });

    expect(workflow).toBeUndefined();
    expect(diagnostics).toMatchObject([{ severity: 'unsupported', code: 'WORKFLOW_CHILD' }]);
  });
});

describe('what a child is given', () => {
  const b =
    'inputs: { id: { type: string, description: The service }, n: { type: integer, default: 1 } }\nsteps: [{ log: x }]';

  it.each([
    ['right, also where it is computed', '{ id: $x, n: 2 }', []],
    ['right as a whole that is computed', '$inputs', []],
    ['too little', '{ n: 2 }', ['INPUT_MISSING']],
    ['nothing', undefined, ['INPUT_MISSING']],
    ['of the wrong type', '{ id: a, n: many }', ['INPUT_INVALID']],
    ['something it does not take', '{ id: a, m: 1, o: $x }', ['INPUT_UNKNOWN', 'INPUT_UNKNOWN']],
  ])('may be %s', async (_, inputs, codes) => {
    const given = inputs === undefined ? '' : `, inputs: ${inputs}`;

    const { diagnostics } = await link({ a: `inputs: { x: string }\nsteps: [{ workflow: b${given} }]`, b });

    expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  it('is told with the nearest name, and with what is missing', async () => {
    expect(await findingsOf({ a: 'steps: [{ workflow: b, inputs: { idd: a } }]', b })).toEqual([
      '2:24 INPUT_MISSING `b`: Input "id" is missing, and it has no default. Add `id` under `inputs` of this step: The service.',
      '2:34 INPUT_UNKNOWN `b`: The workflow has no input "idd". Did you mean "id"?',
    ]);
  });
});

function chainOf(levels: number): Files {
  const names = ['a', ...Array.from({ length: levels }, (_, index) => `w${index + 1}`)];
  const files = names.map((name, index) => {
    const next = names[index + 1];
    return [name, next === undefined ? 'steps: [{ log: x }]' : `steps: [{ workflow: ${next} }]`] as const;
  });
  return Object.fromEntries(files);
}

async function findingsOf(files: Files): Promise<readonly string[]> {
  const { diagnostics } = await link(files);
  return diagnostics.map(({ line, column, code, message, hint }) =>
    [`${line}:${column} ${code} ${message}`, hint].filter(Boolean).join(' '),
  );
}

async function link(files: Files) {
  const loads: string[] = [];
  const linked = await linkChildren(await load(files, 'a'), async (name) => {
    if (files[name] === undefined) return undefined;
    loads.push(name);
    return load(files, name);
  });
  return { ...linked, loads };
}

async function load(files: Files, name: string): Promise<LoadedWorkflow> {
  const bytes = new TextEncoder().encode(`name: ${name}\n${files[name]}\n`);
  return loadWorkflow(bytes, { file: `${name}.yaml` });
}
