import type { Scenario } from './scenario.ts';

const branches: Scenario = {
  name: 'branches',
  yaml: `
name: branches
steps:
  - { id: ids, set: { order: "\${{ $uuid() }}" } }
  - id: sides
    parallel:
      kept:
        tool: audit/keyed_write
        effect: idempotent
        params: { run: $run.id, step: kept, promised: keyed, order: $ids.order }
      bare:
        - { id: bare, tool: audit/plain_write, params: { run: $run.id, step: bare, promised: once } }
        - wait: 60ms
        - id: later
          tool: audit/slow_write
          params: { run: $run.id, step: later, promised: once, was: $bare.effect }
      seen: { tool: audit/get_value, params: { run: $run.id, step: seen, promised: read, script: [503] }, retry: 2 }
  - id: items
    for_each: [a, b, c, d]
    max_parallel: 3
    steps:
      - { id: item_write, tool: audit/plain_write, params: { run: $run.id, step: 'item_$item', promised: once } }
      - id: item_again
        tool: audit/keyed_write
        effect: idempotent
        params: { run: $run.id, step: 'again_$item', promised: keyed, was: $item_write.effect }
    output: $item_again.effect
  - id: fastest
    race:
      read: { tool: audit/get_value, params: { run: $run.id, step: fastest, promised: read } }
      pause: { wait: 20ms }
  - id: total
    tool: audit/keyed_write
    effect: idempotent
    params: { run: $run.id, step: total, promised: keyed, items: $items, winner: $fastest.winner }
`,
  ends: { status: 'succeeded' },
  effects: ['kept', 'bare', 'later', 'item_a', 'item_b', 'item_c', 'item_d', 'again_a', 'again_d', 'total'],
  always: [],
};

const rounds: Scenario = {
  name: 'rounds',
  yaml: `
name: rounds
steps:
  - { id: mine, set: { token: "\${{ $uuid() }}" } }
  - { id: keep, state: { put: 'token $run.id', value: $mine.token } }
  - id: pages
    repeat: { until: $index = 2, every: 30ms, max: 9 }
    steps:
      - { id: page, tool: audit/plain_write, params: { run: $run.id, step: 'page_$index', promised: once } }
    output: { all: '\${{ $append($previous.all, $page.effect) }}' }
  - id: choice
    switch:
      - when: $random() < 0.5
        steps:
          - id: chosen
            tool: audit/plain_write
            params: { run: $run.id, step: chosen, promised: once, pages: $pages.all }
      - else:
          - id: other
            tool: audit/keyed_write
            effect: idempotent
            params: { run: $run.id, step: chosen, promised: keyed, pages: $pages.all }
  - { id: kept, state: { get: 'token $run.id' } }
  - id: remembered
    if: $kept = $mine.token
    tool: audit/keyed_write
    effect: idempotent
    params: { run: $run.id, step: remembered, promised: keyed, token: $kept }
`,
  ends: { status: 'succeeded' },
  effects: ['page_0', 'page_1', 'page_2', 'chosen', 'remembered'],
  always: [],
};

const guarded: Scenario = {
  name: 'guarded',
  yaml: `
name: guarded
steps:
  - id: guarded
    try:
      - { id: tried, tool: audit/plain_write, params: { run: $run.id, step: tried, promised: once } }
      - { id: gone, tool: audit/no_such_tool, params: { run: $run.id, step: gone, promised: once } }
    catch:
      - steps:
          - { id: caught, tool: audit/plain_write, params: { run: $run.id, step: caught, promised: once } }
    finally:
      - id: closed
        tool: audit/keyed_write
        effect: idempotent
        params: { run: $run.id, step: closed, promised: keyed }
  - id: rush
    try:
      - id: at_once
        parallel:
          slow: { tool: audit/slow_write, params: { run: $run.id, step: slow, promised: once } }
          bad:
            - { id: look, tool: audit/get_value, params: { run: $run.id, step: look, promised: read } }
            - { fail: { code: enough, message: Enough } }
    catch:
      - errors: [enough]
        steps:
          - { id: hurried, tool: audit/plain_write, params: { run: $run.id, step: hurried, promised: once } }
    finally:
      - { id: left, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: left, promised: keyed } }
`,
  ends: { status: 'succeeded' },
  effects: ['tried', 'caught', 'hurried', 'left'],
  always: ['closed'],
};

const compensated: Scenario = {
  name: 'compensated',
  yaml: `
name: compensated
steps:
  - id: charge
    tool: audit/plain_write
    params: { run: $run.id, step: charge, promised: once }
    undo:
      tool: audit/plain_write
      params: { run: $run.id, step: refund, promised: once, undoes: charge, was: $charge.effect }
  - id: seats
    for_each: [a, b]
    max_parallel: 2
    steps:
      - id: seat
        tool: audit/keyed_write
        effect: idempotent
        params: { run: $run.id, step: 'seat_$item', promised: keyed }
        undo:
          tool: audit/keyed_write
          effect: idempotent
          params: { run: $run.id, step: 'free_$item', promised: keyed, undoes: 'seat_$item' }
  - { id: stop, fail: { code: not_today, message: Enough } }
on_failure:
  - undo
  - { id: tell, tool: audit/plain_write, params: { run: $run.id, step: tell, promised: once } }
finally:
  - { id: unlock, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: unlock, promised: keyed } }
`,
  ends: { status: 'failed', step: 'stop' },
  effects: ['charge', 'seat_a', 'seat_b', 'refund', 'free_a', 'free_b', 'tell'],
  always: ['unlock'],
};

/** Every block of the language, compensations and kept values. */
export const blockScenarios: readonly Scenario[] = [branches, rounds, guarded, compensated];
