import { cells } from './cells.ts';

cells('switch', [
  {
    fact: 'runs the first case that holds and evaluates none after it',
    yaml: `
  - { id: v, set: { n: 2 } }
  - id: sw
    switch:
      - { when: $v.n = 1, steps: [{ id: a, set: { is: one } }] }
      - { when: $v.n = 2, steps: [{ id: b, set: { is: two } }] }
      - { when: $v.missing.n = 1, steps: [{ id: c, set: { is: never } }] }
`,
    ends: { status: 'succeeded', output: { is: 'two' } },
    states: { v: 'succeeded', 'sw[1].b': 'succeeded', sw: 'succeeded' },
  },
  {
    fact: 'runs `else` where no case holds',
    yaml: `
  - id: sw
    switch: [{ when: 1 = 2, steps: [{ id: a, set: { is: one } }] }, { else: [{ id: b, set: { is: other } }] }]
`,
    ends: { status: 'succeeded', output: { is: 'other' } },
  },
  {
    fact: 'gives null where no case holds and there is no `else`',
    yaml: `
steps:
  - { id: sw, switch: [{ when: 1 = 2, steps: [{ id: a, set: { is: one } }] }] }
output: { sw: $sw, status: $steps.sw.status }
`,
    ends: { status: 'succeeded', output: { sw: null, status: 'succeeded' } },
  },
  {
    fact: 'fails where a `when` cannot be evaluated, and runs no later case',
    yaml: `
  - { id: v, set: { n: 2 } }
  - id: sw
    switch: [{ when: $v.missing = 1, steps: [{ tool: s/get_a }] }, { else: [{ tool: s/get_b }] }]
`,
    ends: { status: 'failed', error: { step: 'sw', kind: 'undefined_reference' } },
    calls: [],
  },
  {
    fact: 'fails with the case that fails',
    yaml: `
  - { id: sw, switch: [{ else: [{ id: a, tool: s/get_a, params: { fails: tool_error } }, { tool: s/get_never }] }] }
`,
    ends: { status: 'failed', error: { step: 'sw[0].a', kind: 'tool_error' } },
    calls: ['s/get_a'],
  },
  {
    fact: 'ends the run at a `return` inside, from any depth',
    yaml: `
steps:
  - id: sw
    switch:
      - when: 1 = 1
        steps:
          - { id: inner, switch: [{ else: [{ return: { deep: true } }] }] }
          - { tool: s/get_never }
  - { tool: s/get_never }
output: { other: true }
`,
    ends: { status: 'succeeded', output: { deep: true } },
    states: { 'sw[0].inner[0].step_1': 'succeeded', 'sw[0].inner': 'succeeded', sw: 'succeeded' },
    calls: [],
  },
  {
    fact: 'ends the run at a `fail` inside, with its code',
    yaml: `
  - { id: sw, switch: [{ else: [{ id: f, fail: { code: sold_out, message: Nothing left } }] }] }
`,
    ends: { status: 'failed', error: { step: 'sw[0].f', kind: 'sold_out', message: 'Nothing left' } },
  },
  {
    fact: 'gives the `output` of the case',
    yaml: `
  - { id: sw, switch: [{ when: 1 = 1, steps: [{ id: a, set: { n: 1 } }], output: { from: $a.n } }] }
`,
    ends: { status: 'succeeded', output: { from: 1 } },
  },
]);
