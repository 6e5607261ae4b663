import { expect } from 'vitest';
import { cancelledAfter, cells, voted } from './cells.ts';

const ask = '{ id: ok, approval: Go on?, timeout: 15m }';
const asked = (more: string): string => `{ id: ok, approval: Go on?, timeout: 15m, ${more} }`;

cells('an approval', [
  {
    fact: 'succeeds with who approved, when, and the form',
    yaml: `  - ${ask}\n`,
    at: voted(60_000, 'ann'),
    ends: { status: 'succeeded', output: { approved: true, by: 'ann', at: '2026-01-01T00:01:00.000Z' } },
  },
  {
    fact: 'fails with `rejected` and names who, and the comment',
    yaml: `  - ${ask}\n  - { tool: s/create_never }\n`,
    at: voted(60_000, 'ann', { approved: false, comment: 'not today' }),
    ends: {
      status: 'failed',
      error: { step: 'ok', kind: 'rejected', message: expect.stringMatching(/ann.*not today/) as string },
    },
    calls: [],
  },
  {
    fact: 'waits for as many people as `quorum` says',
    yaml: `  - ${asked('quorum: 2')}\n`,
    meanwhile: [voted(1_000, 'ann'), voted(2_000, 'bob')],
    ends: { status: 'succeeded', output: { approved: true, by: ['ann', 'bob'] } },
    takesMs: 2_000,
  },
  {
    fact: 'counts a person once',
    yaml: `  - ${asked('quorum: 2')}\n`,
    meanwhile: [voted(1_000, 'ann'), voted(2_000, 'ann')],
    ends: { status: 'failed', error: { kind: 'rejected' } },
    takesMs: 900_000,
  },
  {
    fact: 'is rejected by one person, whoever has approved before',
    yaml: `  - ${asked('quorum: 3')}\n`,
    meanwhile: [voted(1_000, 'ann'), voted(2_000, 'bob', { approved: false })],
    ends: { status: 'failed', error: { kind: 'rejected' } },
    takesMs: 2_000,
  },
  {
    fact: 'lets who has approved think better of it while others are asked',
    yaml: `  - ${asked('quorum: 2')}\n`,
    meanwhile: [voted(1_000, 'ann'), voted(2_000, 'ann', { approved: false })],
    ends: { status: 'failed', error: { kind: 'rejected' } },
    takesMs: 2_000,
  },
  {
    fact: 'does not count who is not in `by`',
    yaml: `  - ${asked('by: [bob]')}\n`,
    meanwhile: [voted(1_000, 'ann'), voted(2_000, 'bob')],
    ends: { status: 'succeeded', output: { by: 'bob' } },
  },
  {
    fact: 'does not count a vote for another binding',
    yaml: `  - ${ask}\n  - { id: a, tool: s/create_a, params: { by: $ok.by } }\n`,
    meanwhile: [voted(1_000, 'ann', { binding: 'of something else' }), voted(2_000, 'bob')],
    ends: { status: 'succeeded', output: { by: 'bob' } },
    takesMs: 2_000,
  },
  {
    fact: 'is rejected when its time is over',
    yaml: `  - ${ask}\n`,
    ends: { status: 'failed', error: { step: 'ok', kind: 'rejected' } },
    takesMs: 900_000,
  },
  {
    fact: 'is approved by nobody with `on_timeout: approve`',
    yaml: `  - ${asked('on_timeout: approve')}\n`,
    ends: { status: 'succeeded', output: { approved: true, by: null } },
  },
  {
    fact: 'fails with `wait_timeout` with `on_timeout: fail`',
    yaml: `  - ${asked('on_timeout: fail')}\n`,
    ends: { status: 'failed', error: { kind: 'wait_timeout' } },
  },
  {
    fact: 'goes on with `approved: false` where `continue_on_error` says so',
    yaml: `  - ${asked('continue_on_error: true')}\n  - { id: after, set: { said: $ok.approved } }\n`,
    at: voted(1_000, 'ann', { approved: false }),
    ends: { status: 'succeeded', output: { said: false } },
  },
  {
    fact: 'is caught by kind',
    yaml: `  - { id: t, try: [${ask}], catch: [{ errors: [rejected], steps: [{ set: { no: true } }] }] }\n`,
    at: voted(1_000, 'ann', { approved: false }),
    ends: { status: 'succeeded', output: { no: true } },
  },
  {
    fact: 'is withdrawn when the run is cancelled',
    yaml: `  - ${ask}\n`,
    at: cancelledAfter(1_000),
    ends: { status: 'cancelled' },
    states: { ok: 'cancelled' },
  },
  {
    fact: 'is withdrawn when its branch is cancelled',
    yaml: `  - { id: p, parallel: { a: [${ask}], b: { tool: s/get_b, params: { takes: 1000, fails: tool_error } } } }\n`,
    ends: { status: 'failed', error: { step: 'p.b' } },
    states: { 'p.a.ok': 'cancelled', 'p.b': 'failed', p: 'failed' },
  },
  {
    fact: 'lets what was approved be called as it was shown',
    yaml: `  - { id: g, set: { n: 7 } }\n  - ${ask}\n  - { id: a, tool: s/create_a, params: { n: $g.n } }\n`,
    at: voted(1_000, 'ann'),
    ends: { status: 'succeeded' },
    calls: ['s/create_a'],
  },
  {
    fact: 'does not stand in the way of a call whose params name the time or a random number',
    yaml: `  - ${ask}\n  - { id: a, tool: s/create_a, params: { at: "\${{ $now() }}", id: "\${{ $uuid() }}" } }\n`,
    at: voted(60_000, 'ann'),
    ends: { status: 'succeeded' },
    calls: ['s/create_a'],
  },
  {
    fact: 'is skipped in a dry run',
    yaml: `  - ${ask}\n`,
    options: { dryRun: true },
    ends: { status: 'succeeded' },
    states: { ok: 'skipped' },
  },
]);
