import { cancelledAfter, cells } from './cells.ts';

const bad = '{ id: bad, tool: s/get_bad, params: { fails: tool_error } }';
const worse = '{ id: worse, tool: s/get_worse, params: { fails: http.404 } }';
const clean = '{ id: clean, tool: s/put_clean }';
const slow = '{ id: slow, tool: s/get_slow, params: { takes: 60000 } }';
const slowClean = '{ id: clean, tool: s/put_clean, params: { takes: 5000 } }';

cells('try', [
  {
    fact: 'gives the value of its body, and runs `finally`',
    yaml: `
  - { id: t, try: [{ id: a, set: { n: 1 } }], catch: [{ steps: [{ tool: s/get_never }] }], finally: [${clean}] }
`,
    ends: { status: 'succeeded', output: { n: 1 } },
    states: { 't.try.a': 'succeeded', 't.finally.clean': 'succeeded', t: 'succeeded' },
  },
  {
    fact: 'fails with the fault of `finally` where the body succeeded; its later steps still run',
    yaml: `
  - { id: t, try: [{ id: a, set: { n: 1 } }], finally: [${bad}, ${clean}] }
`,
    ends: { status: 'failed', error: { step: 't.finally.bad', kind: 'tool_error' } },
    states: { 't.try.a': 'succeeded', 't.finally.bad': 'failed', 't.finally.clean': 'succeeded', t: 'failed' },
  },
  {
    fact: 'fails with the fault of the body where no handler covers it, after `finally`',
    yaml: `
  - { id: t, try: [${bad}, { tool: s/get_never }], catch: [{ errors: [timeout], steps: [{ tool: s/get_never }] }], finally: [${clean}] }
`,
    ends: { status: 'failed', error: { step: 't.try.bad', kind: 'tool_error' } },
    states: { 't.try.bad': 'failed', 't.finally.clean': 'succeeded', t: 'failed' },
  },
  {
    fact: 'keeps the fault of the body where `finally` fails too',
    yaml: `
  - { id: t, try: [${bad}], finally: [${worse}] }
`,
    ends: { status: 'failed', error: { step: 't.try.bad' } },
    states: { 't.try.bad': 'failed', 't.finally.worse': 'failed', t: 'failed' },
  },
  {
    fact: 'gives the value of the first handler that covers the fault, which sees it in $last_error',
    yaml: `
steps:
  - id: t
    try: [${bad}]
    catch:
      - { errors: [timeout, http.5xx], steps: [{ tool: s/get_never }] }
      - { errors: [tool_error], steps: [{ id: h, set: { step: $last_error.step, code: $last_error.code, tries: $last_error.attempts } }] }
      - { steps: [{ tool: s/get_never }] }
    finally: [${clean}]
on_failure:
  - { tool: s/put_never }
`,
    ends: { status: 'succeeded', output: { step: 't.try.bad', code: 'tool_error', tries: 1 } },
    states: { 't.try.bad': 'failed', 't.catch[1].h': 'succeeded', 't.finally.clean': 'succeeded', t: 'succeeded' },
    calls: ['s/get_bad', 's/put_clean'],
  },
  {
    fact: 'covers families of kinds, `fail` codes and all kinds',
    yaml: `
steps:
  - { id: a, try: [{ tool: s/get_a, params: { fails: http.503 }, retry: none }], catch: [{ errors: [http.5xx], steps: [{ set: { by: family } }] }] }
  - { id: b, try: [{ fail: { code: sold_out, message: Nothing left } }], catch: [{ errors: [sold_out], steps: [{ set: { by: $last_error.message } }] }] }
  - { id: c, try: [{ tool: s/get_c, params: { fails: too_large } }], catch: [{ errors: [any], steps: [{ set: { by: any } }] }] }
output: { a: $a.by, b: $b.by, c: $c.by }
`,
    ends: { status: 'succeeded', output: { a: 'family', b: 'Nothing left', c: 'any' } },
  },
  {
    fact: 'covers a call in doubt with `outcome_unknown`',
    yaml: `
  - { id: t, try: [{ tool: s/create_x, params: { loses: true } }], catch: [{ errors: [outcome_unknown], steps: [{ id: h, set: { code: $last_error.code } }] }] }
`,
    ends: { status: 'succeeded', output: { code: 'connection' } },
  },
  {
    fact: 'fails with the fault of `finally` after a handler that succeeded',
    yaml: `
  - { id: t, try: [${bad}], catch: [{ steps: [{ id: h, set: { n: 1 } }] }], finally: [${worse}] }
`,
    ends: { status: 'failed', error: { step: 't.finally.worse', kind: 'http.404' } },
  },
  {
    fact: 'fails with the fault of its handler; no other handler runs, `finally` does',
    yaml: `
  - { id: t, try: [${bad}], catch: [{ errors: [tool_error], steps: [${worse}] }, { steps: [{ tool: s/get_never }] }], finally: [${clean}] }
`,
    ends: { status: 'failed', error: { step: 't.catch[0].worse', kind: 'http.404' } },
    states: { 't.try.bad': 'failed', 't.catch[0].worse': 'failed', 't.finally.clean': 'succeeded', t: 'failed' },
  },
  {
    fact: 'keeps the fault of its handler where `finally` fails too',
    yaml: `
  - { id: t, try: [${bad}], catch: [{ steps: [${worse}] }], finally: [{ id: f, fail: { code: last, message: Last } }] }
`,
    ends: { status: 'failed', error: { step: 't.catch[0].worse' } },
  },
  {
    fact: 'runs `finally` before a `return` ends the run',
    yaml: `
  - { id: t, try: [{ return: { n: 1 } }, { tool: s/get_never }], catch: [{ steps: [{ tool: s/get_never }] }], finally: [${clean}] }
  - { tool: s/get_never }
`,
    ends: { status: 'succeeded', output: { n: 1 } },
    states: { 't.try.step_1': 'succeeded', 't.finally.clean': 'succeeded', t: 'succeeded' },
    calls: ['s/put_clean'],
  },
  {
    fact: 'does not return where `finally` fails',
    yaml: `
  - { id: t, try: [{ return: { n: 1 } }], finally: [${bad}] }
`,
    ends: { status: 'failed', error: { step: 't.finally.bad' } },
  },
  {
    fact: 'ends the run at a `return` in a handler, after `finally`',
    yaml: `
  - { id: t, try: [${bad}], catch: [{ steps: [{ return: { n: 2 } }] }], finally: [${clean}] }
  - { tool: s/get_never }
`,
    ends: { status: 'succeeded', output: { n: 2 } },
    calls: ['s/get_bad', 's/put_clean'],
  },
  {
    fact: 'runs the `finally` of each `try` around a `return`, the innermost first',
    yaml: `
  - id: t
    try:
      - { id: u, try: [{ return: { n: 1 } }], finally: [{ id: in, tool: s/put_inner }] }
    finally: [{ id: out, tool: s/put_outer }]
`,
    ends: { status: 'succeeded', output: { n: 1 } },
    calls: ['s/put_inner', 's/put_outer'],
  },
  {
    fact: 'runs no handler but `finally` to its end when the run is cancelled in the body',
    yaml: `
  - { id: t, try: [${slow}], catch: [{ steps: [{ tool: s/get_never }] }], finally: [${slowClean}, { id: more, tool: s/put_more }] }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: {
      't.try.slow': 'cancelled',
      't.finally.clean': 'succeeded',
      't.finally.more': 'succeeded',
      t: 'cancelled',
    },
    takesMs: 6_000,
  },
  {
    fact: 'is cancelled where a handler would have covered the fault that came before the cancel',
    yaml: `
  - { id: t, try: [{ id: p, parallel: { x: ${bad.replace('id: bad, ', '')}, y: [{ id: u, try: [${slow}], finally: [${slowClean}] }] } }], catch: [{ steps: [{ tool: s/get_never }] }] }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    calls: ['s/get_bad', 's/get_slow', 's/put_clean'],
  },
  {
    fact: 'cannot catch that the run is cancelled',
    yaml: `
  - { id: t, try: [${slow}], catch: [{ errors: [cancelled], steps: [{ tool: s/get_never }] }] }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    calls: ['s/get_slow'],
  },
  {
    fact: 'is cancelled in a handler, and `finally` runs to its end',
    yaml: `
  - { id: t, try: [${bad}], catch: [{ steps: [${slow}, { tool: s/get_never }] }], finally: [${clean}] }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { 't.try.bad': 'failed', 't.catch[0].slow': 'cancelled', 't.finally.clean': 'succeeded', t: 'cancelled' },
  },
  {
    fact: 'runs `finally` to its end when the run is cancelled in it; nothing follows',
    yaml: `
  - { id: t, try: [{ id: a, set: { n: 1 } }], finally: [${slowClean}, { id: more, tool: s/put_more }] }
  - { id: after, tool: s/get_never }
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { 't.try.a': 'succeeded', 't.finally.clean': 'succeeded', 't.finally.more': 'succeeded', t: 'succeeded' },
    takesMs: 5_000,
  },
  {
    fact: 'fails with its own `timeout`, which none of its handlers covers, after `finally`',
    yaml: `
  - { id: t, timeout: 2s, try: [${slow}], catch: [{ steps: [{ tool: s/get_never }] }], finally: [${slowClean}] }
`,
    ends: { status: 'failed', error: { step: 't', kind: 'timeout' } },
    states: { 't.try.slow': 'cancelled', 't.finally.clean': 'succeeded', t: 'failed' },
    takesMs: 7_000,
  },
  {
    fact: 'catches the `timeout` of a step inside, and of a block inside',
    yaml: `
steps:
  - { id: a, try: [{ wait: 1h, timeout: 2s }], catch: [{ errors: [timeout], steps: [{ set: { at: $last_error.step } }] }] }
  - { id: b, try: [{ id: p, timeout: 2s, parallel: { x: { wait: 1h } } }], catch: [{ errors: [timeout], steps: [{ set: { at: $last_error.step } }] }] }
output: { a: $a.at, b: $b.at }
`,
    ends: { status: 'succeeded', output: { a: 'a.try.step_1', b: 'b.try.p' } },
    takesMs: 4_000,
  },
  {
    fact: 'lets an outer `try` catch what the inner one does not, with the fault of the inner step',
    yaml: `
  - id: t
    try: [{ id: u, try: [${bad}], catch: [{ errors: [timeout], steps: [{ tool: s/get_never }] }] }]
    catch: [{ steps: [{ id: h, set: { step: $last_error.step } }] }]
`,
    ends: { status: 'succeeded', output: { step: 't.try.u.try.bad' } },
  },
  {
    fact: 'shows a handler inside a handler the fault that it caught itself',
    yaml: `
  - id: t
    try: [${bad}]
    catch:
      - steps:
          - { id: u, try: [${worse}], catch: [{ steps: [{ id: h, set: { code: $last_error.code } }] }] }
        output: { inner: $u.code, outer: $last_error.code }
`,
    ends: { status: 'succeeded', output: { inner: 'http.404', outer: 'tool_error' } },
  },
  {
    fact: 'stops at the first fault of its list, also with `fail_fast: false`',
    yaml: `
fail_fast: false
steps:
  - { id: t, try: [${bad}, { tool: s/get_never }], catch: [{ steps: [{ id: h, set: { n: 1 } }] }] }
`,
    ends: { status: 'succeeded', output: { n: 1 } },
    calls: ['s/get_bad'],
  },
  {
    fact: 'does not see what is tolerated inside',
    yaml: `
  - { id: t, try: [{ tool: s/get_bad, params: { fails: tool_error }, continue_on_error: true }, { id: a, set: { n: 1 } }], catch: [{ steps: [{ tool: s/get_never }] }] }
`,
    ends: { status: 'succeeded', output: { n: 1 } },
  },
  {
    fact: 'runs `finally` of a cancelled branch before the block around it ends',
    yaml: `
  - id: p
    parallel:
      a: [{ id: t, try: [${slow}], finally: [${slowClean}] }]
      b: { tool: s/get_b, params: { takes: 1000, fails: http.404 } }
`,
    ends: { status: 'failed', error: { step: 'p.b' } },
    states: {
      'p.a.t.try.slow': 'cancelled',
      'p.a.t.finally.clean': 'succeeded',
      'p.a.t': 'cancelled',
      'p.b': 'failed',
      p: 'failed',
    },
    takesMs: 6_000,
  },
]);
