import { cancelledAfter, cells } from './cells.ts';

cells('repeat', [
  {
    fact: 'goes round until its condition holds and gives the last value',
    yaml: `
  - id: r
    repeat: { until: $x.n = 3, max: 9 }
    steps: [{ id: x, set: { n: "\${{ $index + 1 }}" } }]
`,
    ends: { status: 'succeeded', output: { n: 3 } },
    states: { 'r[0].x': 'succeeded', 'r[1].x': 'succeeded', 'r[2].x': 'succeeded', r: 'succeeded' },
  },
  {
    fact: 'asks `while` before each round: without a round it gives null',
    yaml: `
steps:
  - { id: r, repeat: { while: 1 = 2 }, steps: [{ tool: s/get_never }] }
output: { r: $r }
`,
    ends: { status: 'succeeded', output: { r: null } },
    calls: [],
  },
  {
    fact: 'shows a round the value of the one before, null at first',
    yaml: `
  - id: r
    repeat: { until: $x.n = 4, max: 9 }
    steps: [{ id: x, set: { n: "\${{ $previous = null ? 1 : $previous.n * 2 }}" } }]
`,
    ends: { status: 'succeeded', output: { n: 4 } },
  },
  {
    fact: 'takes an undefined `until` as "not yet"',
    yaml: `
  - id: r
    repeat: { until: $x.ready.now, max: 9 }
    steps: [{ id: x, set: { ready: "\${{ $index = 2 ? { 'now': true } : {} }}" } }]
    output: $index
`,
    ends: { status: 'succeeded', output: 2 },
  },
  {
    fact: 'pauses between two rounds and not after the last',
    yaml: `
  - { id: r, repeat: { until: $index = 2, every: 10s, max: 9 }, steps: [{ id: x, set: { n: 1 } }] }
`,
    ends: { status: 'succeeded' },
    takesMs: 20_000,
  },
  {
    fact: 'fails with `repeat_exhausted` after `max` rounds, without a pause before',
    yaml: `
  - { id: r, repeat: { until: 1 = 2, every: 10s, max: 3 }, steps: [{ id: x, tool: s/get_x }] }
`,
    ends: { status: 'failed', error: { step: 'r', kind: 'repeat_exhausted' } },
    calls: ['s/get_x', 's/get_x', 's/get_x'],
    takesMs: 20_000,
  },
  {
    fact: 'succeeds where `while` no longer holds after `max` rounds, and else is exhausted',
    yaml: `
steps:
  - { id: met, repeat: { while: $index < 2, max: 2 }, steps: [{ id: x, set: { n: $index } }] }
  - { id: unmet, repeat: { while: $index < 3, max: 2 }, steps: [{ id: y, set: { n: $index } }], continue_on_error: true }
output: { met: $met.n, code: $steps.unmet.error.code }
`,
    ends: { status: 'succeeded', output: { met: 1, code: 'repeat_exhausted' } },
  },
  {
    fact: 'fails with the round that fails',
    yaml: `
  - id: r
    repeat: { while: true, max: 9 }
    steps: [{ id: x, tool: s/get_x, params: { takes: 0, fails: "\${{ $index = 1 ? 'tool_error' : null }}" } }]
`,
    ends: { status: 'failed', error: { step: 'r[1].x', kind: 'tool_error' } },
    states: { 'r[0].x': 'succeeded', 'r[1].x': 'failed', r: 'failed' },
  },
  {
    fact: 'begins no round after one that failed, also with `fail_fast: false`',
    yaml: `
fail_fast: false
steps:
  - id: r
    repeat: { while: true, max: 9 }
    steps: [{ id: x, tool: s/get_x, params: { fails: tool_error } }, { id: y, set: { n: 1 } }]
`,
    ends: { status: 'failed', error: { step: 'r[0].x' } },
    states: { 'r[0].x': 'failed', 'r[0].y': 'succeeded', r: 'failed' },
  },
  {
    fact: 'ends the run at a `return` inside',
    yaml: `
steps:
  - id: r
    repeat: { while: true, max: 9 }
    steps: [{ id: x, set: { n: $index } }, { if: $index = 2, return: { at: $x.n } }]
  - { id: never, tool: s/get_never }
finally:
  - { id: clean, tool: s/put_clean }
`,
    ends: { status: 'succeeded', output: { at: 2 } },
    calls: ['s/put_clean'],
  },
  {
    fact: 'fails with its `timeout`, also in a pause',
    yaml: `
  - { id: r, timeout: 15s, repeat: { while: true, every: 10s }, steps: [{ id: x, tool: s/get_x }] }
`,
    ends: { status: 'failed', error: { step: 'r', kind: 'timeout' } },
    calls: ['s/get_x', 's/get_x'],
    takesMs: 15_000,
  },
  {
    fact: 'ends in a pause when the run is cancelled',
    yaml: `
  - { id: r, repeat: { while: true, every: 10s }, steps: [{ id: x, set: { n: 1 } }] }
`,
    at: cancelledAfter(15_000),
    ends: { status: 'cancelled' },
    states: { 'r[0].x': 'succeeded', 'r[1].x': 'succeeded', r: 'cancelled' },
    takesMs: 15_000,
  },
  {
    fact: 'fails where its condition cannot be evaluated',
    yaml: `
  - { id: x, set: { n: text } }
  - { id: r, repeat: { while: $x.n }, steps: [{ id: y, set: { n: 1 } }] }
`,
    ends: { status: 'failed', error: { step: 'r', kind: 'expression' } },
  },
]);
