import { describe, expect, it } from 'vitest';
import { findStep } from '../../src/model/run-view.ts';
import type { BodyView, RunView, StepView } from '../../src/model/run-view.ts';
import { foldRun } from '../../src/model/run-view-fold.ts';
import { dueOf, waitsOf } from '../../src/model/run-view-waits.ts';
import type { Workflow } from '../../src/model/workflow.ts';
import {
  call,
  choice,
  eventWait,
  forEach,
  guarded,
  parallel,
  repeat,
  Tape,
  workflowOf,
} from '../support/tree-events.ts';
import { fault } from '../support/far-side.ts';

/** The keys and states of a tree, one line each, indented. */
function outline(view: RunView): string {
  return view.steps.flatMap((step) => outlineOf(step, '')).join('\n');
}

function outlineOf(step: StepView, indent: string): readonly string[] {
  const bodies: BodyView[] = [...(step.block?.bodies.values() ?? [])];
  return [
    `${indent}${step.key} ${step.status}`,
    ...step.alternatives.flatMap((each) => outlineOf(each, `${indent}  `)),
    ...bodies.flatMap((body) =>
      [`${indent} (${body.key} ${body.status})`].concat(body.steps.flatMap((each) => outlineOf(each, `${indent}  `))),
    ),
  ];
}

function outlineAfter(tape: Tape, workflow?: Workflow): string {
  return outline(foldRun(tape.events, workflow));
}

const loop = workflowOf([forEach('deploy', call('deploy[].fetch'), call('deploy[].release'))]);

describe('the tree of a run', () => {
  it('shows branches before they begin, and items only once they do', () => {
    const workflow = workflowOf([
      parallel('checks', { api: [call('checks.api')], web: [call('checks.web.ping'), call('checks.web.read')] }),
      forEach('deploy', call('deploy[].release')),
    ]);

    expect(outlineAfter(new Tape(), workflow)).toBe(`checks pending
 (checks.api pending)
  checks.api pending
 (checks.web pending)
  checks.web.ping pending
  checks.web.read pending
deploy pending`);
  });

  it('holds a branch of one step as a body with that step', () => {
    const tape = new Tape()
      .begins('checks', 'parallel')
      .did('checks.api')
      .bodyEnded('checks.api')
      .calls('checks.web.ping');

    expect(outlineAfter(tape)).toBe(`checks running
 (checks.api succeeded)
  checks.api succeeded
 (checks.web running)
  checks.web.ping running`);
  });

  it('tells a block inside a branch from a branch inside a block', () => {
    const tape = new Tape()
      .begins('p', 'parallel')
      .begins('p.a', 'parallel')
      .calls('p.a.x')
      .begins('p.b.inner', 'parallel')
      .calls('p.b.inner.x');

    expect(outlineAfter(tape)).toBe(`p running
 (p.a running)
  p.a running
   (p.a.x running)
    p.a.x running
 (p.b running)
  p.b.inner running
   (p.b.inner.x running)
    p.b.inner.x running`);
  });

  it('shows the steps of an item that are still to come', () => {
    const tape = new Tape().begins('deploy', 'for_each', { items: ['a', 'b'] }).did('deploy[0].fetch');
    const view = foldRun(tape.events, loop);

    expect(outline(view)).toBe(`deploy running
 (deploy[0] running)
  deploy[0].fetch succeeded
  deploy[0].release pending`);
    expect(view.steps[0]?.block?.bodies.get('deploy[0]')?.item).toBe('a');
  });

  it('shows the case that was taken, and of a try the handler that ran', () => {
    const workflow = workflowOf([
      choice('sw', [call('sw[0].x')], [call('sw[1].y')]),
      guarded('t', { steps: [call('t.try.a')], handlers: [[call('t.catch[0].b')]], last: [call('t.finally.c')] }),
    ]);
    const tape = new Tape()
      .begins('sw', 'switch')
      .add({ type: 'body.started', key: 'sw[1]' })
      .did('sw[1].y')
      .bodyEnded('sw[1]')
      .ended('sw', 'switch')
      .begins('t', 'try')
      .did('t.try.a', 'tool_error')
      .bodyEnded('t.try', { status: 'failed' })
      .add({ type: 'body.started', key: 't.catch[0]' })
      .did('t.catch[0].b')
      .bodyEnded('t.catch[0]');

    expect(outlineAfter(tape, workflow)).toBe(`sw succeeded
 (sw[1] succeeded)
  sw[1].y succeeded
t running
 (t.try failed)
  t.try.a failed
 (t.finally pending)
  t.finally.c pending
 (t.catch[0] succeeded)
  t.catch[0].b succeeded`);
  });

  it('is the same without the definition, but for what is to come', () => {
    const tape = new Tape()
      .begins('t', 'try')
      .begins('t.try.loop', 'repeat')
      .did('t.try.loop[0].x')
      .bodyEnded('t.try.loop[0]')
      .add({ type: 'timer.set', key: 't.try.loop[0]/every', due: 99, reason: 'every' })
      .add({ type: 'timer.fired', key: 't.try.loop[0]/every' })
      .did('t.try.loop[1].x', 'connection')
      .did('t.try.loop[1].x/fallback[0]');

    expect(outlineAfter(tape)).toBe(`t running
 (t.try running)
  t.try.loop running
   (t.try.loop[0] succeeded)
    t.try.loop[0].x succeeded
   (t.try.loop[1] running)
    t.try.loop[1].x failed
      t.try.loop[1].x/fallback[0] succeeded`);
  });

  it('knows the steps of handlers by their definition', () => {
    const workflow = workflowOf([call('a')], {
      onFailure: [forEach('on_failure/tell', call('on_failure/tell[].post'))],
    });
    const tape = new Tape().did('a', 'tool_error').begins('on_failure/tell', 'for_each', { items: [1] });

    expect(outlineAfter(tape.calls('on_failure/tell[0].post'), workflow)).toBe(`a failed
on_failure/tell running
 (on_failure/tell[0] running)
  on_failure/tell[0].post running`);
  });

  it('keeps compensations by themselves, in the order in which they ran', () => {
    const tape = new Tape()
      .did('a')
      .add({ type: 'undo.prepared', key: 'a/undo', kind: 'tool' })
      .did('b')
      .add({ type: 'undo.prepared', key: 'b/undo', kind: 'tool' })
      .add({ type: 'phase.started', phase: 'undo' })
      .did('b/undo')
      .calls('a/undo');
    const view = foldRun(tape.events);

    expect(outline(view)).toBe('a succeeded\nb succeeded');
    expect(view.undone.map(({ key, status }) => `${key} ${status}`)).toEqual(['b/undo succeeded', 'a/undo running']);
    expect(view.status).toBe('undoing');
  });

  it('finds every step by its key', () => {
    const view = foldRun(new Tape().begins('deploy', 'for_each').calls('deploy[3].release').events, loop);

    expect(findStep(view, 'deploy[3].release')?.status).toBe('running');
    expect(findStep(view, 'deploy[4].release')).toBeUndefined();
  });

  it('hides the results of sensitive steps in every item', () => {
    const secret = { ...call('deploy[].fetch'), sensitive: true as const };
    const workflow = workflowOf([forEach('deploy', secret, call('deploy[].release'))]);
    const tape = new Tape().begins('deploy', 'for_each').did('deploy[7].fetch').did('deploy[7].release');
    const view = foldRun(tape.events, workflow);

    expect(findStep(view, 'deploy[7].fetch')?.output).toBe('[sensitive]');
    expect(findStep(view, 'deploy[7].release')?.output).toBe('deploy[7].release');
  });
});

function ran(items: number, failing: readonly number[]): Tape {
  const tape = new Tape().begins('deploy', 'for_each', { items: Array.from({ length: items }, (_, index) => index) });
  for (let index = 0; index < items; index += 1) {
    const fails = failing.includes(index);
    tape.did(`deploy[${index}].release`, fails ? 'tool_error' : undefined);
    const error = { ...fault('tool_error'), attempts: 1 };
    tape.bodyEnded(`deploy[${index}]`, fails ? { status: 'failed', error } : {});
  }
  return tape;
}

describe('a loop in the tree', () => {
  it('counts all items, and keeps those that failed and the last few', () => {
    const [deploy] = foldRun(ran(100, [4, 17]).events, loop).steps;

    expect(deploy?.block?.counts).toEqual({ running: 0, succeeded: 98, failed: 2, cancelled: 0 });
    expect(deploy?.block?.total).toBe(100);
    expect([...(deploy?.block?.bodies.keys() ?? [])]).toEqual([4, 17, 97, 98, 99].map((index) => `deploy[${index}]`));
  });

  it('keeps the error of every item that failed, and the steps of the first ones', () => {
    const all = Array.from({ length: 80 }, (_, index) => index);
    const [deploy] = foldRun(ran(80, all).events, loop).steps;
    const bodies = [...(deploy?.block?.bodies.values() ?? [])];

    expect(bodies.filter(({ error }) => error?.kind === 'tool_error')).toHaveLength(80);
    expect(bodies.filter(({ steps }) => steps.length > 0)).toHaveLength(50);
  });

  it('keeps everything where that is asked for', () => {
    const [deploy] = foldRun(ran(30, []).events, loop, { keepsAll: true }).steps;

    expect(deploy?.block?.bodies.size).toBe(30);
    expect(deploy?.block?.bodies.get('deploy[0]')?.steps).toHaveLength(2);
  });

  it('forgets what is inside a body that it folds away', () => {
    const tape = new Tape().begins('outer', 'for_each');
    for (let index = 0; index < 10; index += 1) {
      tape.begins(`outer[${index}].inner`, 'for_each').did(`outer[${index}].inner[0].x`);
      tape
        .bodyEnded(`outer[${index}].inner[0]`)
        .ended(`outer[${index}].inner`, 'for_each')
        .bodyEnded(`outer[${index}]`);
    }
    const { index } = foldRun(tape.events);

    expect(index.bodies.size).toBe(6);
    expect(index.steps.size).toBe(1 + 3 * 2);
    expect(index.active.size).toBe(0);
  });

  it('takes the counts of what was kept from another run', () => {
    const tape = new Tape().begins('deploy', 'for_each', { items: [1, 2, 3] });
    tape.bodyEnded('deploy[0]').bodyEnded('deploy[1]').calls('deploy[2].release');

    expect(foldRun(tape.events, loop).steps[0]?.block?.counts).toEqual({
      running: 1,
      succeeded: 2,
      failed: 0,
      cancelled: 0,
    });
  });
});

describe('what a run waits for', () => {
  const workflow = workflowOf([
    parallel('both', { paid: [eventWait('both.paid', 'payment.settled')], shipped: [call('both.shipped')] }),
    repeat('again', call('again[].x')),
  ]);

  function waits(tape: Tape): readonly (readonly [string, string, number | undefined])[] {
    return waitsOf(foldRun(tape.events, workflow)).map(({ step, wait }) => [step.key, wait.reason, dueOf(wait)]);
  }

  it('is told by name and end', () => {
    const tape = new Tape()
      .begins('both', 'parallel')
      .begins('both.paid', 'wait', { deadline: 5_000 })
      .begins('both.shipped', 'tool')
      .add({ type: 'timer.set', key: 'both.shipped#1/retry', due: 70, reason: 'retry' });

    expect(waits(tape)).toEqual([
      ['both.paid', 'event', 5_000],
      ['both.shipped', 'retry', 70],
    ]);
    expect(foldRun(tape.events, workflow).status).toBe('waiting');
  });

  it('ends with the event, and the run goes on as soon as one step does', () => {
    const tape = new Tape()
      .begins('both', 'parallel')
      .begins('both.paid', 'wait')
      .calls('both.shipped')
      .add({ type: 'signal.received', key: 'both.paid', signal: 3, name: 'payment.settled', payload: {} });

    expect(waits(tape)).toEqual([]);
    expect(foldRun(tape.events, workflow).status).toBe('running');
  });

  it('is a decision with what was said so far, a child run, a person, and a pause between two rounds', () => {
    const binding = { hash: 'h', effects: [] };
    const tape = new Tape()
      .begins('ask', 'approval')
      .add({
        type: 'approval.requested',
        key: 'ask',
        question: 'Go?',
        quorum: 2,
        due: 900,
        onTimeout: 'reject',
        binding,
      })
      .add({ type: 'approval.voted', key: 'ask', approved: true, by: 'ada' })
      .begins('sub', 'workflow', { child: { run: 'run-2', workflow: 'other', inputs: {} } })
      .calls('doubt')
      .add({ type: 'attention.raised', key: 'doubt#1', message: 'Did it?' })
      .begins('again', 'repeat')
      .did('again[0].x')
      .add({ type: 'timer.set', key: 'again[0]/every', due: 50, reason: 'every' });

    expect(waits(tape)).toEqual([
      ['ask', 'approval', 900],
      ['sub', 'child', undefined],
      ['doubt', 'attention', undefined],
      ['again', 'every', 50],
    ]);
    expect(findStep(foldRun(tape.events, workflow), 'ask')?.approval?.votes.map(({ by }) => by)).toEqual(['ada']);
  });

  it('ends with the branch that it stands in', () => {
    const tape = new Tape().begins('both', 'parallel').begins('both.paid', 'wait').did('both.shipped', 'tool_error');
    tape.bodyEnded('both.shipped', { status: 'failed' }).bodyEnded('both.paid', { status: 'cancelled' });

    expect(waits(tape)).toEqual([]);
    expect(findStep(foldRun(tape.events, workflow), 'both.paid')?.status).toBe('cancelled');
  });

  it('stands still while the run is paused', () => {
    const tape = new Tape().begins('ask', 'wait').add({ type: 'run.paused', by: 'ada' });

    expect(foldRun(tape.events)).toMatchObject({ status: 'paused', pausedBy: 'ada' });
    expect(foldRun(tape.add({ type: 'run.resumed', epoch: 2 }).events).status).toBe('running');
  });
});

describe('the cost of the tree', () => {
  it('does not grow with the number of items: each event is folded in constant time', () => {
    const items = 10_000;
    const tape = new Tape().begins('deploy', 'for_each', { items: Array.from({ length: items }, () => 1) });
    for (let index = 0; index < items; index += 1) tape.calls(`deploy[${index}].release`);
    for (let index = 0; index < items; index += 1) {
      tape.ended(`deploy[${index}].release`, 'tool').bodyEnded(`deploy[${index}]`);
    }
    const view = foldRun(tape.events, loop);

    expect(view.index.steps.size).toBe(1 + 3 * 2);
    expect(view.steps[0]?.block?.counts.succeeded).toBe(items);
  });
});
