import { cancelledAfter, cells } from './cells.ts';

const head = 'order: dependencies\nsteps:\n';

cells('order: dependencies', [
  {
    fact: 'begins a step as soon as all that it names has ended',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 4000, n: 1 } }
  - { id: b, tool: s/get_b, params: { takes: 2000, n: 2 } }
  - { id: c, tool: s/get_c, params: { takes: 2000, n: $b.n } }
  - { id: d, set: { sum: "\${{ $a.n + $c.n }}" } }
`,
    ends: { status: 'succeeded', output: { sum: 3 } },
    takesMs: 4_000,
  },
  {
    fact: 'waits for what `needs` names',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 3000 } }
  - { id: b, tool: s/get_b, params: { takes: 2000 }, needs: [a] }
`,
    ends: { status: 'succeeded' },
    takesMs: 5_000,
  },
  {
    fact: 'takes a name in `if` and in `fallback` as a reference',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 2000, n: 1 } }
  - { id: b, if: $a.n = 1, tool: s/get_b, params: { takes: 2000 } }
  - { id: c, tool: s/get_c, params: { takes: 1000, fails: tool_error }, fallback: { value: $a.n } }
`,
    ends: { status: 'succeeded' },
    takesMs: 4_000,
  },
  {
    fact: 'keeps writes in their written order, also over a failed one that is tolerated',
    yaml: `${head}
  - { id: a, tool: s/create_a, params: { takes: 3000 } }
  - { id: b, tool: s/create_b, params: { takes: 1000, fails: tool_error }, continue_on_error: true }
  - { id: r, tool: s/get_r, params: { takes: 1000 } }
  - { id: c, tool: s/create_c }
`,
    ends: { status: 'succeeded' },
    calls: ['s/create_a', 's/get_r', 's/create_b', 's/create_c'],
    takesMs: 4_000,
  },
  {
    fact: 'counts a block that writes inside as one that writes, and one that only reads as a read',
    yaml: `${head}
  - { id: a, tool: s/create_a, params: { takes: 3000 } }
  - { id: w, parallel: { x: { tool: s/get_x }, y: { tool: s/create_y } } }
  - { id: r, parallel: { x: { tool: s/get_r } } }
`,
    ends: { status: 'succeeded' },
    calls: ['s/create_a', 's/get_r', 's/get_x', 's/create_y'],
  },
  {
    fact: 'lets a `return` wait for all before it, and all after wait for it',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 3000, n: 1 } }
  - { id: early, if: 1 = 1, return: { done: true } }
  - { id: b, tool: s/get_never }
`,
    ends: { status: 'succeeded', output: { done: true } },
    calls: ['s/get_a'],
    takesMs: 3_000,
  },
  {
    fact: 'lets a `wait` wait for all before it, and all after wait for it',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 3000 } }
  - { id: w, wait: 2s }
  - { id: b, tool: s/get_b }
`,
    ends: { status: 'succeeded' },
    takesMs: 5_000,
  },
  {
    fact: 'goes on after a `return` that is skipped',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 1000, n: 1 } }
  - { if: $a.n = 2, return: { done: true } }
  - { id: b, tool: s/get_b, params: { n: 2 } }
output: $b.n
`,
    ends: { status: 'succeeded', output: 2 },
  },
  {
    fact: 'lets steps under way run to their end when one fails, and begins nothing new',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 1000, fails: tool_error } }
  - { id: b, tool: s/get_b, params: { takes: 5000 } }
  - { id: c, tool: s/get_never, needs: [b] }
`,
    ends: { status: 'failed', error: { step: 'a' } },
    states: { a: 'failed', b: 'succeeded' },
    takesMs: 5_000,
  },
  {
    fact: 'keeps the first fault where another step fails meanwhile',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 5000, fails: http.404 } }
  - { id: b, tool: s/get_b, params: { takes: 1000, fails: tool_error } }
`,
    ends: { status: 'failed', error: { step: 'b', kind: 'tool_error' } },
    states: { a: 'failed', b: 'failed' },
  },
  {
    fact: 'with `fail_fast: false` goes on with all that neither names nor needs the failed step',
    yaml: `
fail_fast: false
${head}
  - { id: a, tool: s/create_a, params: { fails: tool_error } }
  - { id: b, set: { x: $a.id } }
  - { id: c, tool: s/get_c, needs: [a] }
  - { id: d, tool: s/create_d }
  - { id: e, set: { y: $b.x } }
`,
    ends: { status: 'failed', error: { step: 'a' } },
    states: { a: 'failed', b: 'skipped', c: 'skipped', d: 'succeeded', e: 'skipped' },
  },
  {
    fact: 'runs what needs a step that was skipped by its `if` or failed tolerated',
    yaml: `${head}
  - { id: a, if: 1 = 2, tool: s/get_a }
  - { id: b, tool: s/get_b, params: { fails: tool_error }, continue_on_error: true }
  - { id: c, set: { seen: $steps.b.status }, needs: [a, b] }
`,
    ends: { status: 'succeeded', output: { seen: 'failed' } },
  },
  {
    fact: 'ends all that is under way when the run is cancelled',
    yaml: `${head}
  - { id: a, tool: s/get_a, params: { takes: 60000 } }
  - { id: b, tool: s/get_b, params: { takes: 90000 } }
  - { id: c, tool: s/get_never, needs: [a] }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { a: 'cancelled', b: 'cancelled' },
  },
  {
    fact: 'holds inside blocks too',
    yaml: `${head}
  - id: l
    for_each: [1]
    steps:
      - { id: x, tool: s/get_x, params: { takes: 2000 } }
      - { id: y, tool: s/get_y, params: { takes: 2000 } }
`,
    ends: { status: 'succeeded' },
    takesMs: 2_000,
  },
  {
    fact: 'does not hold for `finally`, which runs as written',
    yaml: `${head}
  - { id: a, set: { n: 1 } }
finally:
  - { id: x, tool: s/get_x, params: { takes: 2000 } }
  - { id: y, tool: s/get_y, params: { takes: 2000 } }
`,
    ends: { status: 'succeeded' },
    takesMs: 4_000,
  },
]);

cells('needs, in written order', [
  {
    fact: 'skips with `fail_fast: false` what needs a failed step',
    yaml: `
fail_fast: false
steps:
  - { id: a, tool: s/get_a, params: { fails: tool_error } }
  - { id: b, set: { n: 1 }, needs: [a] }
  - { id: c, set: { n: 1 }, needs: [b] }
`,
    ends: { status: 'failed', error: { step: 'a' } },
    states: { a: 'failed', b: 'skipped', c: 'skipped' },
  },
]);
