import { expect, it } from 'vitest';
import { simulate } from '../../support/simulator.ts';
import { cancelledAfter, cells } from './cells.ts';

cells('parallel', [
  {
    fact: 'runs its branches at once and maps their values by name',
    yaml: `
  - id: p
    parallel:
      a: { tool: s/get_a, params: { takes: 20000, n: 1 } }
      b: { tool: s/get_b, params: { takes: 10000, n: 2 } }
      c: [{ id: c1, set: { n: 3 } }, { id: c2, set: { n: "\${{ $c1.n + 1 }}" } }]
  - { id: after, set: { sum: "\${{ $p.a.n + $p.b.n + $p.c.n }}" } }
`,
    ends: { status: 'succeeded', output: { sum: 7 } },
    states: {
      'p.a': 'succeeded',
      'p.b': 'succeeded',
      'p.c.c1': 'succeeded',
      'p.c.c2': 'succeeded',
      p: 'succeeded',
      after: 'succeeded',
    },
    takesMs: 20_000,
  },
  {
    fact: 'gives the `output` of a branch that has one',
    yaml: `
  - id: p
    parallel:
      a: { steps: [{ id: a1, set: { n: 1 } }, { id: a2, set: { n: 2 } }], output: { first: $a1.n } }
      b: { set: { n: 5 } }
`,
    ends: { status: 'succeeded', output: { a: { first: 1 }, b: { n: 5 } } },
  },
  {
    fact: 'cancels the others at the first failure and fails with that fault, at the innermost step',
    yaml: `
  - id: p
    parallel:
      a: [{ id: a1, tool: s/get_a1, params: { takes: 5000 } }, { id: a2, tool: s/get_a2, params: { fails: tool_error } }]
      b: [{ id: b1, tool: s/get_b, params: { takes: 60000 } }, { id: b2, tool: s/get_never }]
      c: [{ id: c1, wait: 1h }]
  - { id: after, tool: s/get_never }
`,
    ends: { status: 'failed', error: { step: 'p.a.a2', kind: 'tool_error', attempts: 1 } },
    states: { 'p.a.a1': 'succeeded', 'p.a.a2': 'failed', 'p.b.b1': 'cancelled', 'p.c.c1': 'cancelled', p: 'failed' },
    calls: ['s/get_a1', 's/get_b', 's/get_a2'],
    takesMs: 5_000,
  },
  {
    fact: 'names the fault that came first, not the branch that is written first',
    yaml: `
  - id: p
    continue_on_error: false
    parallel:
      a: { tool: s/get_a, params: { takes: 9000, fails: tool_error } }
      b: { tool: s/get_b, params: { takes: 3000, fails: http.404 } }
`,
    ends: { status: 'failed', error: { step: 'p.b', kind: 'http.404' } },
    states: { 'p.a': 'cancelled', 'p.b': 'failed', p: 'failed' },
    takesMs: 3_000,
  },
  {
    fact: 'with `continue_on_error` lets the others go on, gives null for the failed, and succeeds',
    yaml: `
steps:
  - id: p
    continue_on_error: true
    parallel:
      a: { tool: s/get_a, params: { fails: tool_error } }
      b: [{ id: b1, wait: 10s }, { id: b2, set: { n: 2 } }]
output: { a: $p.a, b: $p.b.n, status: $steps.p.status, failed: "$steps.p.failures.branch[]" }
`,
    ends: { status: 'succeeded', output: { a: null, b: 2, status: 'succeeded', failed: ['a'] } },
    failures: { p: [{ index: 0, branch: 'a', code: 'tool_error' }] },
    takesMs: 10_000,
  },
  {
    fact: 'with `continue_on_error` succeeds where every branch fails',
    yaml: `
  - id: p
    continue_on_error: true
    parallel:
      a: { tool: s/get_a, params: { fails: tool_error } }
      b: { tool: s/get_b, params: { fails: http.404 } }
`,
    ends: { status: 'succeeded', output: { a: null, b: null } },
    failures: {
      p: [
        { index: 0, branch: 'a', code: 'tool_error' },
        { index: 1, branch: 'b', code: 'http.404' },
      ],
    },
  },
  {
    fact: 'gives null for a branch without a result, skipped, or tolerated by itself',
    yaml: `
  - id: p
    parallel:
      a: { log: Hello }
      b: { if: 1 = 2, tool: s/get_never }
      c: { tool: s/get_c, params: { fails: tool_error }, continue_on_error: true }
`,
    ends: { status: 'succeeded', output: { a: null, b: null, c: null } },
    states: { 'p.a': 'succeeded', 'p.b': 'skipped', 'p.c': 'failed', p: 'succeeded' },
  },
  {
    fact: 'fails with its `timeout`, named itself, and cancels what is inside',
    yaml: `
  - id: p
    timeout: 4s
    parallel:
      a: { tool: s/get_a, params: { takes: 60000 } }
      b: { wait: 1h }
      c: { tool: s/get_c }
`,
    ends: { status: 'failed', error: { step: 'p', kind: 'timeout' } },
    states: { 'p.a': 'cancelled', 'p.b': 'cancelled', 'p.c': 'succeeded', p: 'failed' },
    takesMs: 4_000,
  },
  {
    fact: 'with `continue_on_error` is tolerated as a whole when its `timeout` is over',
    yaml: `
steps:
  - { id: p, timeout: 4s, continue_on_error: true, parallel: { a: { wait: 1h }, b: { set: { n: 1 } } } }
  - { id: after, set: { status: $steps.p.status, code: $steps.p.error.code } }
`,
    ends: { status: 'succeeded', output: { status: 'failed', code: 'timeout' } },
  },
  {
    fact: 'is skipped as a whole by its `if`',
    yaml: `
  - { id: p, if: 1 = 2, parallel: { a: { tool: s/get_a }, b: { wait: 1h } } }
`,
    ends: { status: 'succeeded' },
    states: { p: 'skipped' },
    calls: [],
  },
  {
    fact: 'ends as cancelled, with all that is under way, when the run is cancelled',
    yaml: `
steps:
  - id: p
    parallel:
      a: [{ id: a1, tool: s/get_a, params: { takes: 60000 } }, { id: a2, tool: s/get_never }]
      b: { wait: 1h }
      c: { set: { n: 1 } }
  - { id: after, tool: s/get_never }
finally:
  - { id: clean, tool: s/put_clean }
`,
    at: cancelledAfter(2_000),
    ends: { status: 'cancelled' },
    states: {
      'p.a.a1': 'cancelled',
      'p.b': 'cancelled',
      'p.c': 'succeeded',
      p: 'cancelled',
      'finally/clean': 'succeeded',
    },
    calls: ['s/get_a', 's/put_clean'],
    takesMs: 2_000,
  },
  {
    fact: 'fails a branch whose `output` cannot be evaluated',
    yaml: `
  - id: p
    parallel:
      a: { steps: [{ id: a1, tool: s/get_a }], output: { x: $a1.missing } }
      b: { wait: 1h }
`,
    ends: { status: 'failed', error: { step: 'p', kind: 'undefined_reference' } },
    states: { 'p.a.a1': 'succeeded', 'p.b': 'cancelled', p: 'failed' },
  },
  {
    fact: 'with `fail_fast: false` lets the branches run to their end, then fails with the first fault',
    yaml: `
fail_fast: false
steps:
  - id: p
    parallel:
      a: { tool: s/get_a, params: { fails: tool_error } }
      b: [{ id: b1, wait: 10s }, { id: b2, tool: s/get_b }]
  - { id: after, tool: s/get_after }
`,
    ends: { status: 'failed', error: { step: 'p.a' } },
    states: { 'p.a': 'failed', 'p.b.b1': 'succeeded', 'p.b.b2': 'succeeded', p: 'failed', after: 'succeeded' },
    takesMs: 10_000,
  },
  {
    fact: 'with `fail_fast: false` runs the rest of a branch whose step failed',
    yaml: `
fail_fast: false
steps:
  - id: p
    parallel:
      a: [{ id: a1, tool: s/get_a, params: { fails: tool_error } }, { id: a2, tool: s/get_a2 }, { id: a3, set: { x: $a1.id } }]
`,
    ends: { status: 'failed', error: { step: 'p.a.a1' } },
    states: { 'p.a.a1': 'failed', 'p.a.a2': 'succeeded', 'p.a.a3': 'skipped', p: 'failed' },
  },
  {
    fact: 'nests in itself: a failure deep inside cancels all around it',
    yaml: `
  - id: outer
    parallel:
      left:
        - id: inner
          parallel:
            x: { tool: s/get_x, params: { takes: 3000, fails: tool_error } }
            y: { wait: 1h }
      right: { tool: s/get_right, params: { takes: 60000 } }
`,
    ends: { status: 'failed', error: { step: 'outer.left.inner.x' } },
    states: {
      'outer.left.inner.x': 'failed',
      'outer.left.inner.y': 'cancelled',
      'outer.left.inner': 'failed',
      'outer.right': 'cancelled',
      outer: 'failed',
    },
    takesMs: 3_000,
  },
]);

it('lists the branches of a result in written order, whichever ended first', async () => {
  const simulation = await simulate(`
  - id: p
    parallel:
      z: { tool: s/get_z, params: { takes: 9000 } }
      a: { tool: s/get_a, params: { takes: 1000 } }
      m: { tool: s/get_m, params: { takes: 5000 } }
`);

  const { output } = await simulation.run();

  expect(Object.keys(output as object)).toEqual(['z', 'a', 'm']);
});
