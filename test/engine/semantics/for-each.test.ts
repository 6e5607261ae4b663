import { expect } from 'vitest';
import { cancelledAfter, cells } from './cells.ts';

/** A call for each item: `[takes, fails]`. */
const call = '{ id: x, tool: s/get_x, params: { takes: "$item[0]", fails: "$item[1]", n: $index } }';

cells('for_each', [
  {
    fact: 'runs one body after the other and lists their values in the order of the items',
    yaml: `
  - { id: l, for_each: [[3000, null], [1000, null]], steps: [${call}] }
`,
    ends: { status: 'succeeded', output: [{ n: 0 }, { n: 1 }] },
    states: { 'l[0].x': 'succeeded', 'l[1].x': 'succeeded', l: 'succeeded' },
    takesMs: 4_000,
  },
  {
    fact: 'runs up to `max_parallel` bodies at once and begins the next as one ends',
    yaml: `
  - { id: l, for_each: [[3000, null], [1000, null], [1000, null], [1000, null]], max_parallel: 2, steps: [${call}] }
`,
    ends: { status: 'succeeded', output: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }] },
    takesMs: 3_000,
  },
  {
    fact: 'gives [] for an empty list',
    yaml: '  - { id: l, for_each: [], steps: [{ tool: s/get_x }] }\n',
    ends: { status: 'succeeded', output: [] },
    calls: [],
  },
  {
    fact: 'takes what is no list as a list of one, null too',
    yaml: `
steps:
  - { id: one, set: { value: 7, none: null } }
  - { id: a, for_each: $one.value, steps: [{ id: x, set: { v: $item } }] }
  - { id: b, for_each: $one.none, steps: [{ id: y, set: { v: $item } }] }
output: { a: $a, b: $b }
`,
    ends: { status: 'succeeded', output: { a: [{ v: 7 }], b: [{ v: null }] } },
  },
  {
    fact: 'fails where its list is undefined',
    yaml: `
  - { id: one, tool: s/get_one }
  - { id: l, for_each: $one.missing, steps: [{ set: { v: $item } }] }
`,
    ends: { status: 'failed', error: { step: 'l', kind: 'undefined_reference' } },
  },
  {
    fact: 'gives `output` of the body, which sees the item, the index and the steps inside',
    yaml: `
  - { id: l, for_each: [a, b], as: letter, steps: [{ id: x, set: { v: $letter } }], output: "\${{ $x.v & $index }}" }
`,
    ends: { status: 'succeeded', output: ['a0', 'b1'] },
  },
  {
    fact: 'fails with the first item that fails; those under way are cancelled, those not begun stay pending',
    yaml: `
  - { id: l, for_each: [[9000, null], [1000, tool_error], [1000, null]], max_parallel: 2, steps: [${call}] }
  - { id: after, tool: s/get_never }
`,
    ends: { status: 'failed', error: { step: 'l[1].x', kind: 'tool_error' } },
    states: { 'l[0].x': 'cancelled', 'l[1].x': 'failed', l: 'failed' },
    takesMs: 1_000,
  },
  {
    fact: 'tolerates as many failed items as it says, with null in their place',
    yaml: `
steps:
  - { id: l, for_each: [[0, tool_error], [0, null], [0, http.404]], tolerate: 2, steps: [${call}] }
output: { list: $l, failed: $steps.l.failures }
`,
    ends: {
      status: 'succeeded',
      output: {
        list: [null, { n: 1 }, null],
        failed: [
          { index: 0, code: 'tool_error' },
          { index: 2, code: 'http.404' },
        ],
      },
    },
    failures: {
      l: [
        { index: 0, code: 'tool_error' },
        { index: 2, code: 'http.404' },
      ],
    },
  },
  {
    fact: 'fails where one more fails than it tolerates, with the first fault and their number, and begins no other',
    yaml: `
  - { id: l, for_each: [[0, tool_error], [0, http.404], [0, null]], tolerate: 1, steps: [${call}] }
`,
    ends: {
      status: 'failed',
      error: { step: 'l[0].x', kind: 'tool_error', message: expect.stringContaining('2 of 3') as string },
    },
    states: { 'l[0].x': 'failed', 'l[1].x': 'failed', l: 'failed' },
  },
  {
    fact: 'with `tolerate` lets the items under way run to their end',
    yaml: `
  - { id: l, for_each: [[9000, null], [1000, tool_error], [0, null]], max_parallel: 2, tolerate: 0, steps: [${call}] }
`,
    ends: { status: 'failed', error: { step: 'l[1].x' } },
    states: { 'l[0].x': 'succeeded', 'l[1].x': 'failed', l: 'failed' },
    takesMs: 9_000,
  },
  {
    fact: 'rounds a share of the items down: 34% of 3 tolerates one',
    yaml: `
  - { id: l, for_each: [[0, tool_error], [0, null], [0, null]], tolerate: "34%", steps: [${call}] }
`,
    ends: { status: 'succeeded', output: [null, { n: 1 }, { n: 2 }] },
  },
  {
    fact: 'rounds a share of the items down: 5% of 3 tolerates none',
    yaml: `
  - { id: l, for_each: [[0, tool_error], [0, null], [0, null]], tolerate: "5%", steps: [${call}] }
`,
    ends: { status: 'failed', error: { step: 'l[0].x' } },
  },
  {
    fact: 'is tolerated as a whole with `continue_on_error`',
    yaml: `
  - { id: l, continue_on_error: true, for_each: [[0, tool_error]], steps: [${call}] }
  - { id: after, set: { status: $steps.l.status, code: $steps.l.error.code } }
`,
    ends: { status: 'succeeded', output: { status: 'failed', code: 'tool_error' } },
  },
  {
    fact: 'counts a body whose `output` cannot be evaluated as a failed item',
    yaml: `
  - { id: l, for_each: [1, 2], tolerate: 1, steps: [{ id: x, set: { v: $item } }], output: "\${{ $item = 1 ? $x.missing : $x.v }}" }
`,
    ends: { status: 'succeeded', output: [null, 2] },
  },
  {
    fact: 'fails with its `timeout`, named itself; no item begins after it',
    yaml: `
  - { id: l, timeout: 2500ms, for_each: [[1000, null], [1000, null], [1000, null]], steps: [${call}] }
`,
    ends: { status: 'failed', error: { step: 'l', kind: 'timeout' } },
    states: { 'l[0].x': 'succeeded', 'l[1].x': 'succeeded', 'l[2].x': 'cancelled', l: 'failed' },
    takesMs: 2_500,
  },
  {
    fact: 'begins no further item when the run is cancelled',
    yaml: `
  - { id: l, for_each: [[1000, null], [9000, null], [1000, null]], steps: [${call}] }
`,
    at: cancelledAfter(2_000),
    ends: { status: 'cancelled' },
    states: { 'l[0].x': 'succeeded', 'l[1].x': 'cancelled', l: 'cancelled' },
  },
  {
    fact: 'with `fail_fast: false` runs all items, then fails with the first fault',
    yaml: `
fail_fast: false
steps:
  - { id: l, for_each: [[0, null], [0, tool_error], [0, null]], steps: [${call}] }
`,
    ends: { status: 'failed', error: { step: 'l[1].x' } },
    states: { 'l[0].x': 'succeeded', 'l[1].x': 'failed', 'l[2].x': 'succeeded', l: 'failed' },
  },
  {
    fact: 'with `fail_fast: false` keeps to its own `tolerate`',
    yaml: `
fail_fast: false
steps:
  - { id: l, tolerate: 0, for_each: [[0, tool_error], [0, null]], steps: [${call}] }
`,
    ends: { status: 'failed', error: { step: 'l[0].x' } },
    states: { 'l[0].x': 'failed', l: 'failed' },
  },
  {
    fact: 'nests: a loop in a loop knows both items and has keys of both',
    yaml: `
  - id: l
    for_each: [1, 2]
    as: outer
    steps:
      - { id: m, for_each: [10, 20], as: inner, steps: [{ id: x, set: { v: "\${{ $outer + $inner }}" } }], output: $x.v }
    output: $m
`,
    ends: {
      status: 'succeeded',
      output: [
        [11, 21],
        [12, 22],
      ],
    },
    states: {
      'l[0].m[0].x': 'succeeded',
      'l[0].m[1].x': 'succeeded',
      'l[0].m': 'succeeded',
      'l[1].m[0].x': 'succeeded',
      'l[1].m[1].x': 'succeeded',
      'l[1].m': 'succeeded',
      l: 'succeeded',
    },
  },
]);
