import { cancelledAfter, cells } from './cells.ts';

const bad = '{ id: bad, tool: s/get_bad, params: { fails: tool_error } }';
const slow = '{ id: slow, tool: s/get_slow, params: { takes: 60000 } }';
const clean = '{ id: clean, tool: s/put_clean }';

cells("a run's own `timeout`", [
  {
    fact: 'ends what is under way, runs `on_failure` and `finally`, and ends as timed_out',
    yaml: `
timeout: 10s
steps:
  - { id: p, parallel: { a: [${slow}], b: { wait: 1h } } }
on_failure:
  - { id: tell, tool: s/put_tell, params: { code: $last_error.code } }
finally: [${clean}]
`,
    ends: { status: 'timed_out', error: { kind: 'timeout' } },
    states: {
      'p.a.slow': 'cancelled',
      'p.b': 'cancelled',
      p: 'cancelled',
      'on_failure/tell': 'succeeded',
      'finally/clean': 'succeeded',
    },
    takesMs: 10_000,
  },
  {
    fact: 'runs `finally` of a `try` to its end, and no handler',
    yaml: `
timeout: 10s
steps:
  - { id: t, try: [${slow}], catch: [{ steps: [{ tool: s/get_never }] }], finally: [{ id: f, tool: s/put_f, params: { takes: 5000 } }] }
`,
    ends: { status: 'timed_out' },
    states: { 't.try.slow': 'cancelled', 't.finally.f': 'succeeded', t: 'cancelled' },
    takesMs: 15_000,
  },
  {
    fact: 'counts for the steps only: handlers and `finally` have their own time',
    yaml: `
timeout: 10s
steps: [{ id: w, wait: 9s }, ${bad}]
on_failure: [{ id: tell, tool: s/put_tell, params: { takes: 5000 } }]
finally: [${clean}]
`,
    ends: { status: 'failed', error: { step: 'bad' } },
    states: { w: 'succeeded', bad: 'failed', 'on_failure/tell': 'succeeded', 'finally/clean': 'succeeded' },
  },
  {
    fact: 'is not undone by a cancel that comes after it',
    yaml: `
timeout: 10s
steps: [${slow}]
on_failure: [{ id: one, tool: s/put_one, params: { takes: 5000 } }, { id: two, tool: s/put_two }]
finally: [${clean}]
`,
    at: cancelledAfter(12_000),
    ends: { status: 'timed_out' },
    states: { slow: 'cancelled', 'on_failure/one': 'cancelled', 'finally/clean': 'succeeded' },
  },
  {
    fact: 'says nothing where the steps end in time',
    yaml: `
timeout: 10s
steps: [{ id: w, wait: 9s }]
`,
    ends: { status: 'succeeded' },
  },
]);

cells('a cancel', [
  {
    fact: 'lets a call in flight end by itself within the grace period, and begins nothing new',
    yaml: `
steps: [{ id: a, tool: s/create_a, params: { takes: 5000 } }, { tool: s/get_never }]
finally: [${clean}]
`,
    at: [1_000, (handle) => handle.cancel('ann', 10_000)],
    ends: { status: 'cancelled' },
    states: { a: 'succeeded', 'finally/clean': 'succeeded' },
    takesMs: 5_000,
  },
  {
    fact: 'aborts the call when the grace period is over',
    yaml: 'steps: [{ id: a, tool: s/create_a, params: { takes: 60000 } }]\n',
    at: [1_000, (handle) => handle.cancel('ann', 10_000)],
    ends: { status: 'cancelled' },
    states: { a: 'cancelled' },
    takesMs: 11_000,
  },
  {
    fact: 'ends the grace period when it comes a second time',
    yaml: 'steps: [{ id: a, tool: s/create_a, params: { takes: 60000 } }]\n',
    at: [
      1_000,
      async (handle, { clock }) => {
        handle.cancel('ann', 10_000);
        await clock.advance(2_000);
        handle.cancel('ann');
      },
    ],
    ends: { status: 'cancelled' },
    states: { a: 'cancelled' },
    takesMs: 3_000,
  },
  {
    fact: 'ends waits at once, whatever the grace period',
    yaml: 'steps: [{ id: p, parallel: { a: { tool: s/create_a, params: { takes: 3000 } }, b: { wait: 1h } } }]\n',
    at: [1_000, (handle) => handle.cancel('ann', 10_000)],
    ends: { status: 'cancelled' },
    states: { 'p.a': 'succeeded', 'p.b': 'cancelled', p: 'cancelled' },
    takesMs: 3_000,
  },
  {
    fact: 'leaves a run cancelled whose `finally` fails',
    yaml: `
steps: [${slow}]
finally: [${bad}, ${clean}]
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { slow: 'cancelled', 'finally/bad': 'failed', 'finally/clean': 'succeeded' },
  },
]);
