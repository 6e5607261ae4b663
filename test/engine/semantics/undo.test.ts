import { cancelledAfter, cells } from './cells.ts';

const bad = '{ id: bad, tool: s/get_bad, params: { fails: tool_error } }';

/** A write with its compensation. */
function booked(id: string, more = ''): string {
  return `{ id: ${id}, tool: s/create_${id}, undo: { tool: s/delete_${id}, params: { id: $${id}.id } }${more} }`;
}

cells('undo', [
  {
    fact: 'compensates what succeeded, the last first, with the results of the steps, when the run fails',
    yaml: `
steps: [${booked('a')}, { id: c, tool: s/create_c }, ${booked('b')}, ${bad}]
on_failure: undo
finally: [{ id: clean, tool: s/put_clean }]
`,
    ends: { status: 'failed', error: { step: 'bad' } },
    calls: ['s/create_a', 's/create_c', 's/create_b', 's/get_bad', 's/delete_b', 's/delete_a', 's/put_clean'],
    states: {
      a: 'succeeded',
      c: 'succeeded',
      b: 'succeeded',
      bad: 'failed',
      'on_failure/undo': 'succeeded',
      'a/undo': 'succeeded',
      'b/undo': 'succeeded',
      'finally/clean': 'succeeded',
    },
  },
  {
    fact: 'does nothing where the run succeeds, also after a fault that was caught',
    yaml: `
steps:
  - ${booked('a')}
  - { id: t, try: [${booked('b')}, ${bad}], catch: [{ steps: [{ set: { n: 1 } }] }] }
on_failure: undo
`,
    ends: { status: 'succeeded' },
    calls: ['s/create_a', 's/create_b', 's/get_bad'],
  },
  {
    fact: 'stands among other handlers, at its place',
    yaml: `
steps: [${booked('a')}, ${bad}]
on_failure: [{ tool: s/put_before }, undo, { tool: s/put_after }]
`,
    ends: { status: 'failed' },
    calls: ['s/create_a', 's/get_bad', 's/put_before', 's/delete_a', 's/put_after'],
  },
  {
    fact: 'goes on with the others when a compensation fails, and ends as undo_failed with the first fault',
    yaml: `
steps: [${booked('a')}, ${booked('b')}, ${bad}]
on_failure: [undo, { id: after, tool: s/put_after }]
finally: [{ id: clean, tool: s/put_clean }]
`,
    script: { 's/delete_b': [{ fault: { kind: 'tool_error', message: 'no', outcome: 'failed', transient: false } }] },
    ends: { status: 'undo_failed', error: { step: 'bad', kind: 'tool_error' } },
    calls: ['s/create_a', 's/create_b', 's/get_bad', 's/delete_b', 's/delete_a', 's/put_after', 's/put_clean'],
  },
  {
    fact: 'repeats a compensation as its own `retry` says',
    yaml: `
steps: [{ id: a, tool: s/create_a, undo: { tool: s/delete_a, retry: { max: 2, delay: 1s } } }, ${bad}]
on_failure: undo
`,
    script: {
      's/delete_a': [
        { fault: { kind: 'http.503', message: 'busy', outcome: 'unknown', transient: true } },
        { output: { gone: true } },
      ],
    },
    ends: { status: 'failed' },
    calls: ['s/create_a', 's/get_bad', 's/delete_a', 's/delete_a'],
  },
  {
    fact: 'prepares nothing for a step that was skipped, failed, or whose answer was lost',
    yaml: `
steps:
  - ${booked('a', ', if: 1 = 2')}
  - { id: b, tool: s/create_b, params: { fails: tool_error }, continue_on_error: true, undo: { tool: s/delete_b } }
  - { id: c, tool: s/create_c, params: { loses: true }, continue_on_error: true, undo: { tool: s/delete_c } }
  - ${bad}
on_failure: undo
`,
    ends: { status: 'failed' },
    calls: ['s/create_b', 's/create_c', 's/get_bad'],
  },
  {
    fact: 'compensates what a probe says has happened',
    yaml: `
steps:
  - { id: c, tool: s/create_c, params: { loses: true }, verify: { tool: s/get_c }, undo: { tool: s/delete_c } }
  - ${bad}
on_failure: undo
`,
    script: { 's/get_c': [{ output: { id: 7 } }] },
    ends: { status: 'failed' },
    calls: ['s/create_c', 's/get_c', 's/get_bad', 's/delete_c'],
  },
  {
    fact: 'prepares nothing for a value, or for what an alternative has read',
    yaml: `
steps:
  - { id: a, tool: s/create_a, params: { fails: tool_error }, fallback: { value: none }, undo: { tool: s/delete_a } }
  - { id: b, tool: s/create_b, params: { fails: tool_error }, fallback: [{ tool: s/get_b }], undo: { tool: s/delete_b } }
  - ${bad}
on_failure: undo
`,
    ends: { status: 'failed' },
    calls: ['s/create_a', 's/create_b', 's/get_b', 's/get_bad'],
  },
  {
    fact: 'compensates what an alternative has changed',
    yaml: `
steps:
  - { id: a, tool: s/create_a, params: { fails: tool_error }, fallback: [{ tool: s/create_other }], undo: { tool: s/delete_a, params: { id: $a.id } } }
  - ${bad}
on_failure: undo
`,
    ends: { status: 'failed' },
    calls: ['s/create_a', 's/create_other', 's/get_bad', 's/delete_a'],
  },
  {
    fact: 'compensates each item of a loop and each branch, the last first',
    yaml: `
steps:
  - id: l
    for_each: [1, 2]
    steps: [{ id: x, tool: s/create_x, params: { n: $item }, undo: { tool: s/delete_x, params: { n: $x.n } } }]
  - id: p
    parallel: { a: [${booked('pa')}], b: [{ wait: 1s }, ${booked('pb')}] }
  - ${bad}
on_failure: undo
`,
    ends: { status: 'failed' },
    calls: [
      's/create_x',
      's/create_x',
      's/create_pa',
      's/create_pb',
      's/get_bad',
      's/delete_pb',
      's/delete_pa',
      's/delete_x',
      's/delete_x',
    ],
    states: {
      'l[0].x': 'succeeded',
      'l[1].x': 'succeeded',
      l: 'succeeded',
      'p.a.pa': 'succeeded',
      'p.b.step_1': 'succeeded',
      'p.b.pb': 'succeeded',
      p: 'succeeded',
      bad: 'failed',
      'on_failure/undo': 'succeeded',
      'p.b.pb/undo': 'succeeded',
      'p.a.pa/undo': 'succeeded',
      'l[1].x/undo': 'succeeded',
      'l[0].x/undo': 'succeeded',
    },
  },
  {
    fact: 'compensates what a cancelled sibling had finished, and not what was cut off in it',
    yaml: `
steps:
  - id: p
    parallel:
      a: [${booked('pa')}, { id: cut, tool: s/create_cut, params: { takes: 60000 }, undo: { tool: s/delete_cut } }]
      b: { tool: s/get_b, params: { takes: 1000, fails: tool_error } }
on_failure: undo
`,
    ends: { status: 'failed', error: { step: 'p.b' } },
    calls: ['s/create_pa', 's/get_b', 's/create_cut', 's/delete_pa'],
  },
  {
    fact: 'runs for a cancelled run, without the other handlers, then `finally`',
    yaml: `
steps: [${booked('a')}, { wait: 1h }]
on_failure: [{ tool: s/put_never }, undo]
finally: [{ tool: s/put_clean }]
`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    calls: ['s/create_a', 's/delete_a', 's/put_clean'],
  },
  {
    fact: 'ends a cancelled run as undo_failed where a compensation fails',
    yaml: `
steps: [${booked('a')}, { wait: 1h }]
on_failure: undo
`,
    script: { 's/delete_a': [{ fault: { kind: 'tool_error', message: 'no', outcome: 'failed', transient: false } }] },
    at: cancelledAfter(1_000),
    ends: { status: 'undo_failed', error: { step: 'on_failure/undo', message: 'Not undone: a.' } },
  },
  {
    fact: 'runs for a run that timed out, which stays timed_out',
    yaml: `
timeout: 5s
steps: [${booked('a')}, { wait: 1h }]
on_failure: undo
`,
    ends: { status: 'timed_out' },
    calls: ['s/create_a', 's/delete_a'],
  },
  {
    fact: 'ends a run that timed out as undo_failed where a compensation fails',
    yaml: `
timeout: 5s
steps: [${booked('a')}, { wait: 1h }]
on_failure: undo
`,
    script: { 's/delete_a': [{ fault: { kind: 'tool_error', message: 'no', outcome: 'failed', transient: false } }] },
    ends: { status: 'undo_failed', error: { kind: 'timeout' } },
  },
  {
    fact: 'runs to its end when the run is cancelled meanwhile; handlers after it do not',
    yaml: `
steps:
  - { id: a, tool: s/create_a, undo: { tool: s/delete_a } }
  - { id: b, tool: s/create_b, undo: { tool: s/delete_b, params: { takes: 5000 } } }
  - ${bad}
on_failure: [undo, { tool: s/put_never }]
finally: [{ tool: s/put_clean }]
`,
    at: cancelledAfter(1_000),
    ends: { status: 'failed', error: { step: 'bad' } },
    calls: ['s/create_a', 's/create_b', 's/get_bad', 's/delete_b', 's/delete_a', 's/put_clean'],
    takesMs: 5_000,
  },
  {
    fact: 'still runs when the run is cancelled in a handler before it',
    yaml: `
steps: [${booked('a')}, ${bad}]
on_failure: [{ tool: s/put_tell, params: { takes: 5000 } }, { tool: s/put_never }, undo]
`,
    at: cancelledAfter(1_000),
    ends: { status: 'failed' },
    calls: ['s/create_a', 's/get_bad', 's/put_tell', 's/delete_a'],
  },
  {
    fact: 'prepares nothing for steps of `on_failure` and `finally`',
    yaml: `
steps: [${bad}]
on_failure: [{ tool: s/create_h, undo: { tool: s/delete_h } }, undo]
`,
    ends: { status: 'failed' },
    calls: ['s/get_bad', 's/create_h'],
  },
  {
    fact: 'does not run for a run that fails in `finally`',
    yaml: `
steps: [${booked('a')}]
on_failure: undo
finally: [${bad}]
`,
    ends: { status: 'failed', error: { step: 'finally/bad' } },
    calls: ['s/create_a', 's/get_bad'],
  },
  {
    fact: 'fails where its compensation could not be resolved; the step has succeeded all the same',
    yaml: `
steps:
  - { id: a, tool: s/create_a, undo: { tool: s/delete_a, params: { id: $a.missing } } }
  - ${booked('b')}
  - ${bad}
on_failure: undo
`,
    ends: { status: 'undo_failed', error: { step: 'bad' } },
    calls: ['s/create_a', 's/create_b', 's/get_bad', 's/delete_b'],
  },
]);
