import { cancelledAfter, cells } from './cells.ts';

cells('race', [
  {
    fact: 'ends with the first success and cancels the others',
    yaml: `
  - id: r
    race:
      slow: { tool: s/get_slow, params: { takes: 60000 } }
      fast: { tool: s/get_fast, params: { takes: 2000, n: 1 } }
      late: { wait: 1h }
`,
    ends: { status: 'succeeded', output: { winner: 'fast', result: { n: 1 } } },
    states: { 'r.fast': 'succeeded', 'r.slow': 'cancelled', 'r.late': 'cancelled', r: 'succeeded' },
    takesMs: 2_000,
  },
  {
    fact: 'goes on when a branch fails',
    yaml: `
  - id: r
    race:
      bad: { tool: s/get_bad, params: { fails: tool_error } }
      good: { tool: s/get_good, params: { takes: 2000, n: 1 } }
`,
    ends: { status: 'succeeded', output: { winner: 'good', result: { n: 1 } } },
    states: { 'r.bad': 'failed', 'r.good': 'succeeded', r: 'succeeded' },
  },
  {
    fact: 'fails with the first fault where all branches fail',
    yaml: `
  - id: r
    race:
      a: { tool: s/get_a, params: { takes: 5000, fails: tool_error } }
      b: { tool: s/get_b, params: { takes: 2000, fails: http.404 } }
`,
    ends: { status: 'failed', error: { step: 'r.b', kind: 'http.404' } },
    states: { 'r.a': 'failed', 'r.b': 'failed', r: 'failed' },
    takesMs: 5_000,
  },
  {
    fact: 'is not won by a branch whose failure is tolerated',
    yaml: `
  - id: r
    race:
      a: { tool: s/get_a, params: { fails: tool_error }, continue_on_error: true }
      b: { tool: s/get_b, params: { takes: 2000, n: 1 } }
`,
    ends: { status: 'succeeded', output: { winner: 'b' } },
  },
  {
    fact: 'leaves out a branch that is skipped',
    yaml: `
  - id: r
    race:
      a: { if: 1 = 2, tool: s/get_a }
      b: { wait: 5s }
`,
    ends: { status: 'succeeded', output: { winner: 'b', result: null } },
    states: { 'r.a': 'skipped', 'r.b': 'succeeded', r: 'succeeded' },
    takesMs: 5_000,
  },
  {
    fact: 'is skipped where all its branches are',
    yaml: `
  - id: r
    race:
      a: { if: 1 = 2, tool: s/get_a }
      b: { if: 1 = 2, wait: 5s }
`,
    ends: { status: 'succeeded' },
    states: { 'r.a': 'skipped', 'r.b': 'skipped', r: 'skipped' },
  },
  {
    fact: 'fails with its `timeout`, named itself',
    yaml: `
  - { id: r, timeout: 3s, race: { a: { wait: 1h }, b: { tool: s/get_b, params: { takes: 60000 } } } }
`,
    ends: { status: 'failed', error: { step: 'r', kind: 'timeout' } },
    states: { 'r.a': 'cancelled', 'r.b': 'cancelled', r: 'failed' },
    takesMs: 3_000,
  },
  {
    fact: 'is cancelled with the run',
    yaml: `
  - { id: r, race: { a: { wait: 1h }, b: { tool: s/get_b, params: { takes: 60000 } } } }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { 'r.a': 'cancelled', 'r.b': 'cancelled', r: 'cancelled' },
  },
]);
