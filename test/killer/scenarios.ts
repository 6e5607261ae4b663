import { blockScenarios } from './block-scenarios.ts';
import type { Scenario } from './scenario.ts';

const orders: Scenario = {
  name: 'orders',
  yaml: `
name: orders
steps:
  - { id: ids, set: { order: "\${{ $uuid() }}" } }
  - { id: look, tool: audit/get_value, params: { run: $run.id, step: look, promised: read } }
  - id: reserve
    tool: audit/keyed_write
    effect: idempotent
    params: { run: $run.id, step: reserve, promised: keyed, order: $ids.order }
  - { id: charge, tool: audit/plain_write, params: { run: $run.id, step: charge, promised: once, order: $ids.order } }
  - id: confirm
    tool: audit/keyed_write
    on_interrupt: retry
    params: { run: $run.id, step: confirm, promised: keyed, order: $ids.order, at: "\${{ $now() }}" }
output: { order: $ids.order }
`,
  ends: { status: 'succeeded' },
  effects: ['reserve', 'charge', 'confirm'],
  always: [],
};

const patience: Scenario = {
  name: 'patience',
  yaml: `
name: patience
steps:
  - { id: restart, tool: audit/slow_write, params: { run: $run.id, step: restart, promised: once } }
  - wait: 150ms
  - id: live
    tool: audit/get_value
    params: { run: $run.id, step: live, promised: read, script: [pending, 503, pending, pending] }
    until: $live.ready
    every: 40ms
    timeout: 10m
    retry: { max: 2, delay: 30ms }
  - wait: 100ms
  - { id: notice, tool: audit/plain_write, params: { run: $run.id, step: notice, promised: once, was: $live.ready } }
`,
  ends: { status: 'succeeded' },
  effects: ['restart', 'notice'],
  always: [],
};

const troubles: Scenario = {
  name: 'troubles',
  yaml: `
name: troubles
defaults: { retry: { max: 4, delay: 30ms, backoff: constant } }
steps:
  - { id: cut, tool: audit/get_value, params: { run: $run.id, step: cut, promised: read, script: [cut, 503] } }
  - id: keyed
    tool: audit/keyed_write
    effect: idempotent
    params: { run: $run.id, step: keyed, promised: keyed, script: [503, lost, lost] }
  - id: limited
    tool: audit/plain_write
    params: { run: $run.id, step: limited, promised: once, script: [429, 429] }
  - id: lost
    tool: audit/plain_write
    continue_on_error: true
    params: { run: $run.id, step: lost, promised: once, script: [lost] }
  - id: again
    tool: audit/plain_write
    on_interrupt: retry
    retry: { max: 3, delay: 20ms }
    params: { run: $run.id, step: again, promised: repeatable, script: [lost, 503] }
  - { id: last, tool: audit/plain_write, params: { run: $run.id, step: last, promised: once } }
`,
  ends: { status: 'succeeded' },
  effects: ['keyed', 'limited', 'lost', 'again', 'last'],
  always: [],
};

const rescue: Scenario = {
  name: 'rescue',
  yaml: `
name: rescue
steps:
  - id: release
    tool: audit/no_such_tool
    params: { run: $run.id, step: release, promised: once }
    fallback:
      - tool: audit/no_such_tool_either
        params: { run: $run.id, step: release_second, promised: once }
      - tool: audit/plain_write
        params: { run: $run.id, step: release_third, promised: once }
  - { id: tag, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: tag, promised: keyed } }
  - { id: stop, fail: { code: not_today, message: Enough } }
on_failure:
  - { id: tell, tool: audit/plain_write, params: { run: $run.id, step: tell, promised: once } }
  - { id: page, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: page, promised: keyed } }
finally:
  - { id: unlock, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: unlock, promised: keyed } }
`,
  ends: { status: 'failed', step: 'stop' },
  effects: ['release_third', 'tag', 'tell', 'page'],
  always: ['unlock'],
};

const careful: Scenario = {
  name: 'careful',
  yaml: `
name: careful
fail_fast: false
steps:
  - id: first
    tool: audit/plain_write
    on_interrupt: fail
    continue_on_error: true
    params: { run: $run.id, step: first, promised: once }
  - id: second
    tool: audit/slow_write
    on_interrupt: fail
    continue_on_error: true
    params: { run: $run.id, step: second, promised: once }
  - { id: third, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: third, promised: keyed } }
  - id: fourth
    if: $steps.first.status = 'succeeded'
    tool: audit/plain_write
    on_interrupt: fail
    continue_on_error: true
    params: { run: $run.id, step: fourth, promised: once }
finally:
  - { id: close, tool: audit/plain_write, params: { run: $run.id, step: close, promised: once } }
  - { id: clean, tool: audit/keyed_write, effect: idempotent, params: { run: $run.id, step: clean, promised: keyed } }
`,
  ends: { status: 'succeeded' },
  effects: ['third', 'close'],
  always: ['clean'],
};

/** Runs are begun of each in turn. */
export const scenarios: readonly Scenario[] = [orders, patience, troubles, rescue, careful, ...blockScenarios];
