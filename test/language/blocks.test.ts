import { describe, expect, it } from 'vitest';
import { loadWorkflow } from '../../src/language/load.ts';
import type { Step, Workflow } from '../../src/model/workflow.ts';

describe('the steps inside a block', () => {
  it('have keys below it, by branch, loop, case and handler', async () => {
    const { steps } = await load(`steps:
  - id: par
    parallel:
      one: { log: a }
      many: [{ log: a }, { id: x, log: b }]
  - id: loop
    for_each: [1]
    steps:
      - id: again
        repeat: { until: true }
        steps: [{ id: deep, log: a }]
  - id: sw
    switch: [{ when: true, steps: [{ id: case_one, log: a }] }, { else: [{ log: b }] }]
  - id: t
    try: [{ id: tried, log: a }]
    catch: [{ errors: [timeout], steps: [{ log: b }] }, { steps: [{ id: caught, log: c }] }]
    finally: [{ id: last, log: d }]
`);

    expect(steps.flatMap(keysIn)).toEqual([
      'par',
      'par.one',
      'par.many.step_1',
      'par.many.x',
      'loop',
      'loop[].again',
      'loop[].again[].deep',
      'sw',
      'sw[0].case_one',
      'sw[1].step_1',
      't',
      't.try.tried',
      't.catch[0].step_1',
      't.catch[1].caught',
      't.finally.last',
    ]);
  });

  it('count for the block where they name or need what is outside of it', async () => {
    const { steps } = await load(`steps:
  - { id: a, tool: x/get }
  - { id: b, tool: x/get }
  - id: loop
    for_each: [1]
    steps:
      - { id: inner, tool: x/get, params: { of: $a.id }, needs: [b] }
      - { set: { y: $inner.id } }
    output: $inner.id
`);

    expect(steps[2]).toMatchObject({ references: ['a'], needs: ['b'] });
  });

  it('are kept out of sight with it', async () => {
    const { steps } = await load('steps: [{ sensitive: true, for_each: [1], steps: [{ tool: x/get }] }]\n');

    expect(steps[0]).toMatchObject({ sensitive: true, body: { steps: [{ sensitive: true }] } });
  });
});

describe('a loop over items', () => {
  it('gives its steps the item and its index', async () => {
    const { steps } = await load(`inputs: { items: array }
steps:
  - id: outer
    for_each: $items
    as: one
    max_parallel: 4
    tolerate: 5%
    steps:
      - for_each: $one.parts
        steps: [{ set: { a: $one.id, b: $item.id, c: $index } }]
`);

    expect(steps[0]).toMatchObject({
      kind: 'for_each',
      items: { kind: 'path', slot: 'input:items', list: false },
      as: 'one',
      maxParallel: 4,
      tolerate: { share: 0.05 },
    });
    expect(slotsIn(steps)).toEqual(['item:outer', 'item:outer', 'item:outer[].step_1', 'index:outer[].step_1']);
  });

  it('runs one body at a time and tolerates nothing, unless it says so', async () => {
    const [step] = (await load('steps: [{ for_each: [1], steps: [{ log: a }] }]\n')).steps;

    expect(step).toMatchObject({ maxParallel: 1, items: { kind: 'literal', value: [1] } });
    expect(step).not.toHaveProperty('tolerate');
  });

  it.each([
    ['a bare path, as it is', '$items', { kind: 'path', list: false }],
    ['a path with a filter, as a list', "$items[state='down']", { kind: 'path', list: true }],
    ['an expression, as a list', '$items[n > 1]', { kind: 'expression', text: '($items[n > 1])[]' }],
  ])('takes %s', async (_, items, expected) => {
    const text = `inputs: { items: array }\nsteps:\n  - for_each: ${items}\n    steps: [{ log: a }]\n`;

    expect((await load(text)).steps[0]).toMatchObject({ items: expected });
  });
});

describe('a loop by condition', () => {
  it('sees the last round before a round, and its own steps after it', async () => {
    const { steps } = await load(`steps:
  - id: pages
    repeat: { until: $page.last = true, every: 1s, max: 20 }
    steps: [{ id: page, tool: x/get, params: { after: $previous.next, at: $index } }]
  - id: more
    repeat: { while: $previous.more = true }
    steps: [{ tool: x/get }]
`);

    expect(steps[0]).toMatchObject({
      until: { variables: { page: 'step:pages[].page' } },
      everyMs: 1_000,
      max: 20,
    });
    expect(slotsIn(steps.slice(0, 1))).toEqual(['previous:pages', 'index:pages']);
    expect(steps[1]).toMatchObject({ while: { variables: { previous: 'previous:more' } }, max: 10_000 });
  });
});

describe('the value of a body', () => {
  it('is what its part says, else what the block says, in the scope of the body', async () => {
    const { steps } = await load(`steps:
  - id: sw
    switch:
      - { when: true, steps: [{ id: a, tool: x/get }], output: $a.id }
      - else: [{ set: { id: 1 } }]
    output: $last_result.id
  - try: [{ id: b, tool: x/get }]
    catch: [{ steps: [{ id: c, tool: x/get }], output: $c.id }]
    output: $b.id
  - parallel:
      p: { steps: [{ id: d, tool: x/get }], output: $d.id }
      q: { tool: x/get }
`);

    expect(steps).toMatchObject([
      {
        cases: [{ body: { output: { slot: 'step:sw[0].a' } } }, { body: { output: { slot: 'step:sw[1].step_1' } } }],
      },
      {
        body: { output: { slot: 'step:step_2.try.b' } },
        catch: [{ body: { output: { slot: 'step:step_2.catch[0].c' } } }],
      },
      { branches: [{ body: { output: { slot: 'step:step_3.p.d' } } }, { body: { steps: [{ key: 'step_3.q' }] } }] },
    ]);
  });
});

describe('the handlers of a try', () => {
  it('see its error, and what is around it', async () => {
    const { steps } = await load(`steps:
  - { id: made, tool: x/create }
  - id: t
    try: [{ tool: x/use }]
    catch: [{ steps: [{ log: '$last_error.message' }, { set: { id: $made.id } }] }]
    finally: [{ set: { id: $made.id } }]
`);

    expect(slotsIn(steps)).toEqual(['error:t', 'step:made', 'step:made']);
  });
});

describe('a step that waits', () => {
  it('for an event sees it in `match`', async () => {
    const { steps } = await load(
      'inputs: { n: integer }\nsteps: [{ id: w, wait: { event: paid, match: $event.id = $n, timeout: 1h } }]\n',
    );

    expect(steps[0]).toMatchObject({
      wait: { event: 'paid', match: { variables: { event: 'event:w', n: 'input:n' } }, timeoutMs: 3_600_000 },
    });
  });

  it('for a person asks one, and takes silence for a no', async () => {
    const [step] = (await load('steps: [{ approval: Really?, timeout: 15m, by: ops }]\n')).steps;

    expect(step).toMatchObject({
      kind: 'approval',
      question: { kind: 'literal', value: 'Really?' },
      by: [{ kind: 'literal', value: 'ops' }],
      quorum: 1,
      onTimeout: 'reject',
      timeoutMs: 900_000,
    });
  });

  it('for a person is bound neither by the times nor by the leniency of calls', async () => {
    const [step] = (await load('defaults: { timeout: 1m, continue_on_error: true }\nsteps: [{ approval: Really? }]\n'))
      .steps;

    expect(step).toMatchObject({ continueOnError: false });
    expect(step).not.toHaveProperty('timeoutMs');
  });
});

describe('a child workflow', () => {
  it('is given a mapping', async () => {
    const { steps } = await load('inputs: { n: integer }\nsteps: [{ workflow: other, inputs: { n: $n } }]\n');

    expect(steps[0]).toMatchObject({
      kind: 'workflow',
      workflow: 'other',
      inputs: { kind: 'object', entries: [['n', { slot: 'input:n' }]] },
    });
  });
});

describe('a compensation', () => {
  it('has a key of its own and sees the result that it takes back', async () => {
    const { steps } = await load(
      'steps: [{ id: made, tool: x/create, undo: { tool: x/delete, params: { id: $made.id } } }, { tool: y/create, undo: { workflow: other } }]\n',
    );

    expect(steps).toMatchObject([
      { references: [], undo: { kind: 'tool', key: 'made/undo', references: ['made'] } },
      { undo: { kind: 'workflow', key: 'step_2/undo' } },
    ]);
  });

  it.each([
    ['alone', 'undo', ['on_failure/undo']],
    [
      'among other steps',
      '[{ log: a }, undo, { id: b, log: b }]',
      ['on_failure/step_1', 'on_failure/undo', 'on_failure/b'],
    ],
  ])('is asked for by the word `undo` %s', async (_, word, keys) => {
    const { onFailure } = await load(`steps: [{ log: a }]\non_failure: ${word}\n`);

    expect(onFailure.map(({ key }) => key)).toEqual(keys);
    expect(onFailure.find(({ key }) => key === 'on_failure/undo')).toMatchObject({ kind: 'undo', line: 2 });
  });
});

describe('a file that says how its runs stand to each other', () => {
  it('has its limits and its order', async () => {
    const text = `inputs: { id: string, most: string }
order: dependencies
timeout: $most
runs: { key: $id, on_conflict: reject }
steps: [{ log: a }]
`;

    expect(await load(text)).toMatchObject({
      order: 'dependencies',
      timeoutMs: { slot: 'input:most' },
      runs: { key: { slot: 'input:id' }, limit: 1, onConflict: 'reject' },
    });
  });
});

describe('the cache inside `repeat`', () => {
  it('serves no read unless the step itself says so, since the rounds look again', async () => {
    const text = `name: sample
defaults: { cache: 1m }
steps:
  - id: r
    repeat: { until: $a.ready, every: 5s }
    steps:
      - { id: a, tool: s/get_a }
      - { id: b, tool: s/get_b, cache: 2m }
      - { id: p, parallel: { c: { tool: s/get_c } } }
  - { id: d, tool: s/get_d }
`;

    const { steps } = await load(text);

    const cached = steps.flatMap(withInner).filter((step) => 'cache' in step);
    expect(cached.map(({ key }) => key)).toEqual(['r[].b', 'd']);
  });
});

function withInner(step: Step): readonly Step[] {
  return [step, ...listsIn(step).flatMap((list) => list.flatMap(withInner))];
}

async function load(text: string): Promise<Workflow> {
  const bytes = new TextEncoder().encode(text);
  const { workflow, diagnostics } = await loadWorkflow(bytes, { file: 'sample.yaml' });
  if (workflow === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return workflow;
}

function keysIn(step: Step): readonly string[] {
  return [step.key, ...listsIn(step).flatMap((list) => list.flatMap(keysIn))];
}

function listsIn(step: Step): readonly (readonly Step[])[] {
  if ('branches' in step) return step.branches.map(({ body }) => body.steps);
  if ('cases' in step) return step.cases.map(({ body }) => body.steps);
  if ('catch' in step) return [step.body.steps, ...step.catch.map(({ body }) => body.steps), step.finally];
  return 'body' in step && step.kind !== 'http' ? [step.body.steps] : [];
}

/** What the texts of the steps inside read, in the order of the file. */
function slotsIn(steps: readonly Step[]): readonly string[] {
  const inner = steps.flatMap((step) => listsIn(step).flat());
  const slots = [...JSON.stringify(inner).matchAll(/"(?:slot|\w+)":"((?:item|index|previous|error|step):[^"]*)"/g)];
  return slots.map((found) => found[1] ?? '');
}
