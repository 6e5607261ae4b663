import { expect } from 'vitest';
import { cancelledAfter, cells } from './cells.ts';

const parent = '  - { id: c, workflow: child, inputs: { n: 1 } }\n';

function child(steps: string): Readonly<Record<string, string>> {
  return { child: `name: child\ninputs: { n: integer }\n${steps}` };
}

cells('a child run', [
  {
    fact: 'gives its output to the step',
    yaml: `${parent}  - { id: after, set: { got: $c.twice } }\n`,
    children: child('steps: [{ id: x, set: { twice: "${{ $n * 2 }}" } }]\n'),
    ends: { status: 'succeeded', output: { got: 2 } },
    states: { c: 'succeeded', after: 'succeeded' },
  },
  {
    fact: 'ends itself alone with a `return`',
    yaml: `${parent}  - { id: after, set: { got: $c } }\n`,
    children: child('steps: [{ return: early }, { tool: s/get_never }]\n'),
    ends: { status: 'succeeded', output: { got: 'early' } },
  },
  {
    fact: 'fails its step with its own kind; the message names the child run',
    yaml: parent,
    children: child('steps: [{ id: f, fail: { code: sold_out, message: Nothing left } }]\n'),
    ends: {
      status: 'failed',
      error: { step: 'c', kind: 'sold_out', message: expect.stringMatching(/child.*Nothing left/s) as string },
    },
  },
  {
    fact: 'has its `fail` codes caught by the parent',
    yaml: '  - { id: t, try: [{ id: c, workflow: child, inputs: { n: 1 } }], catch: [{ errors: [sold_out], steps: [{ id: h, set: { code: $last_error.code } }] }] }\n',
    children: child('steps: [{ fail: { code: sold_out, message: Nothing left } }]\n'),
    ends: { status: 'succeeded', output: { code: 'sold_out' } },
  },
  {
    fact: 'runs its own handlers before its step fails',
    yaml: parent,
    children: child(
      'steps: [{ tool: s/get_bad, params: { fails: tool_error } }]\non_failure: [{ tool: s/put_tell }]\n',
    ),
    ends: { status: 'failed', error: { step: 'c', kind: 'tool_error' } },
    calls: ['s/get_bad', 's/put_tell'],
  },
  {
    fact: 'fails its step with `timeout` when its own time is over',
    yaml: parent,
    children: child('timeout: 5s\nsteps: [{ wait: 1h }]\n'),
    ends: { status: 'failed', error: { step: 'c', kind: 'timeout' } },
    takesMs: 5_000,
  },
  {
    fact: 'is cancelled with its parent, runs `finally`, and the parent waits for that',
    yaml: `steps:\n${parent}finally: [{ id: clean, tool: s/put_parent }]\n`,
    children: child('steps: [{ wait: 1h }]\nfinally: [{ tool: s/put_child, params: { takes: 3000 } }]\n'),
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { c: 'cancelled', 'finally/clean': 'succeeded' },
    calls: ['s/put_child', 's/put_parent'],
    takesMs: 4_000,
  },
  {
    fact: 'is cancelled when the time of its step is over, and the step fails with `timeout`',
    yaml: '  - { id: c, workflow: child, inputs: { n: 1 }, timeout: 2s }\n',
    children: child('steps: [{ wait: 1h }]\nfinally: [{ tool: s/put_child, params: { takes: 3000 } }]\n'),
    ends: { status: 'failed', error: { step: 'c', kind: 'timeout' } },
    takesMs: 5_000,
  },
  {
    fact: 'is cancelled with its branch',
    yaml: `
  - id: p
    parallel:
      a: { workflow: child, inputs: { n: 1 } }
      b: { tool: s/get_b, params: { takes: 1000, fails: tool_error } }
`,
    children: child('steps: [{ wait: 1h }]\nfinally: [{ tool: s/put_child }]\n'),
    ends: { status: 'failed', error: { step: 'p.b' } },
    states: { 'p.a': 'cancelled', 'p.b': 'failed', p: 'failed' },
    calls: ['s/get_b', 's/put_child'],
  },
  {
    fact: 'runs once for each item of a loop, several at once',
    yaml: '  - { id: l, for_each: [1, 2, 3], max_parallel: 3, steps: [{ id: c, workflow: child, inputs: { n: $item } }] }\n',
    children: child('steps: [{ wait: 2s }, { id: x, set: { sq: "${{ $n * $n }}" } }]\noutput: $x.sq\n'),
    ends: { status: 'succeeded', output: [1, 4, 9] },
    takesMs: 2_000,
  },
  {
    fact: 'has children of its own',
    yaml: parent,
    children: {
      ...child('steps: [{ id: g, workflow: grandchild }]\noutput: $g\n'),
      grandchild: 'name: grandchild\nsteps: [{ set: { deep: true } }]\n',
    },
    ends: { status: 'succeeded', output: { deep: true } },
  },
  {
    fact: 'that has succeeded is compensated by the `undo` of its step alone',
    yaml: `
steps:
  - { id: c, workflow: child, inputs: { n: 1 }, undo: { tool: s/delete_c, params: { got: $c.id } } }
  - { tool: s/get_bad, params: { fails: tool_error } }
on_failure: undo
`,
    children: child('steps: [{ id: x, tool: s/create_x, undo: { tool: s/delete_never } }]\non_failure: undo\n'),
    ends: { status: 'failed' },
    calls: ['s/create_x', 's/get_bad', 's/delete_c'],
  },
  {
    fact: 'that fails undoes its own; the `undo` of its step is not prepared',
    yaml: `
steps: [{ id: c, workflow: child, inputs: { n: 1 }, undo: { tool: s/delete_never } }]
on_failure: undo
`,
    children: child(
      'steps: [{ tool: s/create_x, undo: { tool: s/delete_x } }, { tool: s/get_bad, params: { fails: tool_error } }]\non_failure: undo\n',
    ),
    ends: { status: 'failed' },
    calls: ['s/create_x', 's/get_bad', 's/delete_x'],
  },
  {
    fact: 'that cannot be compensated fails its step with its first fault',
    yaml: parent,
    children: child(
      'steps: [{ id: x, tool: s/create_x, undo: { tool: s/delete_x, params: { fails: http.404 } } }, { tool: s/get_bad, params: { fails: tool_error } }]\non_failure: undo\n',
    ),
    ends: { status: 'failed', error: { step: 'c', kind: 'tool_error' } },
  },
]);
