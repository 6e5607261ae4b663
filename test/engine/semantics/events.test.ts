import { cancelledAfter, cells, sent } from './cells.ts';

const paid = '{ id: paid, wait: { event: paid, timeout: 1h } }';

cells('a wait for an event', [
  {
    fact: 'ends with the payload of the event',
    yaml: `  - ${paid}\n  - { id: after, set: { amount: $paid.amount } }\n`,
    at: sent(60_000, 'paid', { amount: 7 }),
    ends: { status: 'succeeded', output: { amount: 7 } },
  },
  {
    fact: 'takes an event that was sent after the run began and before the wait did',
    yaml: `  - { wait: 10m }\n  - ${paid}\n`,
    at: sent(60_000, 'paid', { amount: 7 }),
    ends: { status: 'succeeded', output: { amount: 7 } },
    takesMs: 600_000,
  },
  {
    fact: 'takes the oldest that fits; two waits take two events',
    yaml: `
steps:
  - { wait: 10m }
  - ${paid}
  - { id: again, wait: { event: paid, timeout: 1h } }
output: { first: $paid, second: $again }
`,
    meanwhile: [sent(1_000, 'paid', 1), sent(2_000, 'other', 2), sent(3_000, 'paid', 3)],
    ends: { status: 'succeeded', output: { first: 1, second: 3 } },
  },
  {
    fact: 'gives one event to one of two branches that wait for it',
    yaml: `
  - id: p
    parallel: { a: { wait: { event: paid, timeout: 1h } }, b: { wait: { event: paid, timeout: 1h } } }
`,
    meanwhile: [sent(1_000, 'paid', 1), sent(2_000, 'paid', 2)],
    ends: { status: 'succeeded', output: { a: 1, b: 2 } },
  },
  {
    fact: 'passes over events for which `match` is false or cannot be evaluated: they fail no run',
    yaml: `  - { id: paid, wait: { event: paid, match: $event.order.id = 7, timeout: 1h } }\n`,
    meanwhile: [
      sent(1_000, 'paid', { order: { id: 6 } }),
      sent(2_000, 'paid', 'nonsense'),
      sent(3_000, 'paid', { order: { id: 7 } }),
    ],
    ends: { status: 'succeeded', output: { order: { id: 7 } } },
  },
  {
    fact: 'fails with `wait_timeout` when its time is over',
    yaml: `  - { id: paid, wait: { event: paid, timeout: 5m } }\n`,
    at: sent(1_000, 'other'),
    ends: { status: 'failed', error: { step: 'paid', kind: 'wait_timeout' } },
    takesMs: 300_000,
  },
  {
    fact: "ends with the step's own `timeout` where that is shorter",
    yaml: `  - { id: paid, timeout: 2m, wait: { event: paid, timeout: 5m } }\n`,
    ends: { status: 'failed', error: { step: 'paid', kind: 'wait_timeout' } },
    takesMs: 120_000,
  },
  {
    fact: 'is cancelled with the run, and takes nothing',
    yaml: `  - ${paid}\n`,
    meanwhile: [cancelledAfter(1_000), sent(1_000, 'paid', 1)],
    ends: { status: 'cancelled' },
    states: { paid: 'cancelled' },
  },
  {
    fact: 'loses a race against a timer, or wins it',
    yaml: `
steps:
  - { id: won, race: { told: { wait: { event: paid, timeout: 1h } }, time: { wait: 5m } } }
  - { id: lost, race: { told: { wait: { event: paid, timeout: 1h } }, time: { wait: 5m } } }
output: { won: $won.winner, lost: $lost.winner }
`,
    at: sent(60_000, 'paid', 1),
    ends: { status: 'succeeded', output: { won: 'told', lost: 'time' } },
  },
  {
    fact: 'is skipped in a dry run',
    yaml: `  - ${paid}\n`,
    options: { dryRun: true },
    ends: { status: 'succeeded' },
    states: { paid: 'skipped' },
  },
]);
