import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/model/events.ts';
import type { Step, Workflow } from '../../../src/model/workflow.ts';
import {
  approval,
  begun,
  bodyEnded,
  compute,
  ended,
  forEach,
  literal,
  reference,
  workflowOf,
} from '../../support/hand-made-workflow.ts';
import { keysOf, reasonsOf, select } from '../../support/select-kept.ts';

describe('what a retry keeps of a plain list', () => {
  const chain = workflowOf(compute('a'), compute('b', ['a']), compute('c', ['b']));

  it('is every step that succeeded, and nothing of the one that failed', () => {
    const kept = select(chain, [begun('a'), ended('a'), begun('b'), ended('b', 'failed')]);

    expect(keysOf(kept)).toEqual(['step.ended a']);
    expect(kept.from).toBe('b');
  });

  it.each([
    ['its own condition', ended('a', 'skipped', { skipped: 'if' }), true],
    ['a step that it needs', ended('a', 'skipped', { skipped: 'dependency' }), false],
    ['a dry run', ended('a', 'skipped', { skipped: 'dry_run' }), false],
    ['a cancel', ended('a', 'skipped', { skipped: 'cancelled' }), false],
  ])('holds a step that was left out by %s: %#', (_, end, isKept) => {
    const kept = select(workflowOf(compute('a'), compute('b')), [end, ended('b', 'failed')]);

    expect(kept.kept).toEqual(isKept ? ['a'] : []);
  });

  it('holds a fault that was tolerated, since the run went on with it', () => {
    const kept = select(chain, [ended('a', 'failed', { tolerated: true }), ended('b', 'failed')]);

    expect(kept.kept).toEqual(['a']);
  });

  it('holds what succeeded after the step that failed, where it does not name that step', () => {
    const both = workflowOf(compute('a'), compute('b', ['a']), compute('c'), compute('d', ['a']));

    const kept = select(both, [ended('a', 'failed'), ended('b'), ended('c'), ended('d')]);

    expect(kept.kept).toEqual(['c']);
    expect(reasonsOf(kept)).toEqual({ b: { kind: 'depends', on: 'a' }, d: { kind: 'depends', on: 'a' } });
  });

  it('holds all where only what comes after the steps failed', () => {
    const kept = select(chain, [ended('a'), ended('b'), ended('c')]);

    expect(kept).toMatchObject({ kept: ['a', 'b', 'c'], left: [] });
    expect(kept.from).toBeUndefined();
  });

  it('holds nothing of handlers', () => {
    const kept = select(chain, [ended('a'), ended('b', 'failed'), ended('on_failure/tell'), ended('finally/tidy')]);

    expect(keysOf(kept)).toEqual(['step.ended a']);
  });
});

describe('a step from which on all is done anew', () => {
  const chain = workflowOf(compute('a'), compute('b'), compute('c'));
  const all = [ended('a'), ended('b'), ended('c')];

  it('is not kept, nor is what comes after it, though it names nothing of it', () => {
    const kept = select(chain, all, { from: 'b' });

    expect(kept).toMatchObject({ kept: ['a'], from: 'b' });
    expect(reasonsOf(kept)).toEqual({ b: { kind: 'from' }, c: { kind: 'from' } });
  });

  it('is refused where the workflow has none of that name', () => {
    expect(() => select(chain, all, { from: 'x' })).toThrow(
      expect.objectContaining({ code: 'RUN_STEP_UNKNOWN', hint: 'It has a, b, c.' }),
    );
  });

  it('may be one item of a loop: the other items are kept', () => {
    const loop = workflowOf(
      forEach('deploy', literal([1, 2]), compute('deploy[].build'), compute('deploy[].release')),
      compute('after'),
    );
    const events = [
      begun('deploy', { items: [1, 2] }),
      ...[0, 1].flatMap((n) => [ended(`deploy[${n}].build`), ended(`deploy[${n}].release`), bodyEnded(`deploy[${n}]`)]),
      ended('deploy'),
      ended('after'),
    ];

    expect(select(loop, events, { from: 'deploy[1].release' }).kept).toEqual(['deploy[0]', 'deploy[1].build']);
    expect(select(loop, events, { from: 'release' }).kept).toEqual(['deploy[0].build', 'deploy[1].build']);
    expect(select(loop, events, { from: 'deploy' }).kept).toEqual([]);
  });
});

describe('a changed definition', () => {
  const before = workflowOf(compute('a'), compute('b', ['a']), compute('c'));
  const events = [ended('a'), ended('b'), ended('c')];

  it('takes the result of a changed step, and of what names it, away', () => {
    const after = workflowOf(compute('a', [], literal('other')), compute('b', ['a']), compute('c'));

    const kept = select(before, events, { after });

    expect(kept).toMatchObject({ kept: ['c'], from: 'a', changes: { changed: ['a'], added: [], removed: [] } });
    expect(reasonsOf(kept)).toEqual({ a: { kind: 'changed' }, b: { kind: 'depends', on: 'a' } });
  });

  it('leaves them with keepChanged, and says which they are', () => {
    const after = workflowOf(compute('a', [], literal('other')), compute('b', ['a']), compute('c'));

    const kept = select(before, events, { after, keepChanged: true });

    expect(kept.kept).toEqual(['a', 'b', 'c']);
    expect(kept.keptChanged).toEqual([{ key: 'a', because: { kind: 'changed' } }]);
  });

  it.each<[string, Partial<Step>]>([
    ['its line', { line: 9 }],
    ['its description', { description: 'other' }],
    ['its time', { timeoutMs: 9 }],
    ['whether its fault is tolerated', { continueOnError: true }],
  ])('is none where a step differs only in %s', (_, change) => {
    const after = workflowOf({ ...compute('a'), ...change } as Step, compute('b', ['a']), compute('c'));

    expect(select(before, events, { after })).toMatchObject({ kept: ['a', 'b', 'c'], changes: { changed: [] } });
  });

  it('tells which steps were added and removed', () => {
    const after = workflowOf(compute('a'), compute('new'), compute('c'));

    const kept = select(before, events, { after });

    expect(kept).toMatchObject({ kept: ['a', 'c'], from: 'new', changes: { added: ['new'], removed: ['b'] } });
  });

  it('inside a loop leaves the steps before the changed one, for each item', () => {
    const old = loop(compute('deploy[].release'));
    const fresh = loop(compute('deploy[].release', [], literal('other')));
    const recorded = [
      begun('deploy', { items: [1, 2] }),
      ...[0, 1].flatMap((n) => ['build', 'release', 'tell'].map((name) => ended(`deploy[${n}].${name}`))),
      ...[0, 1].map((n) => bodyEnded(`deploy[${n}]`)),
      ended('deploy'),
    ];

    const kept = select(old, recorded, { after: fresh });

    expect(kept.kept).toEqual(['deploy[0].build', 'deploy[0].tell', 'deploy[1].build', 'deploy[1].tell']);
    expect(kept.from).toBe('deploy[0].release');
  });

  it('of what a loop goes over leaves nothing of it', () => {
    const old = workflowOf(forEach('deploy', literal([1]), compute('deploy[].x')));
    const fresh = workflowOf(forEach('deploy', literal([2]), compute('deploy[].x')));

    const kept = select(old, [begun('deploy', { items: [1] }), bodyEnded('deploy[0]'), ended('deploy')], {
      after: fresh,
    });

    expect(keysOf(kept)).toEqual([]);
  });
});

describe('other inputs', () => {
  const flow = workflowOf(
    compute('a', [], reference('input:region')),
    compute('b', ['a']),
    compute('c', [], reference('inputs')),
    compute('d', [], reference('input:size')),
    compute('e', [], literal({ slot: 'input:region' })),
  );
  const all = ['a', 'b', 'c', 'd', 'e'].map((key) => ended(key));

  it('take away what was made of them, and what names that', () => {
    const kept = select(flow, all, { changedInputs: ['region'] });

    expect(kept.kept).toEqual(['d', 'e']);
    expect(reasonsOf(kept)).toEqual({
      a: { kind: 'input', input: 'region' },
      b: { kind: 'depends', on: 'a' },
      c: { kind: 'input', input: 'region' },
    });
  });
});

describe('a step that was undone', () => {
  const flow = workflowOf(compute('create'), compute('label', ['create']), compute('other'));
  const events: readonly RunEvent[] = [
    ended('create'),
    { type: 'undo.prepared', at: 1, key: 'create/undo', kind: 'tool' },
    ended('label'),
    ended('other'),
    begun('create/undo'),
    ended('create/undo'),
  ];

  it('is done again, and so is what names it', () => {
    const kept = select(flow, events);

    expect(keysOf(kept)).toEqual(['step.ended other']);
    expect(reasonsOf(kept)).toEqual({ create: { kind: 'undone' }, label: { kind: 'depends', on: 'create' } });
  });

  it('is done again with keepChanged too', () => {
    expect(select(flow, events, { keepChanged: true }).kept).not.toContain('create');
  });

  it('takes only its own item of a loop away', () => {
    const loop = workflowOf(forEach('make', literal([1, 2]), compute('make[].server')));
    const recorded = [
      begun('make', { items: [1, 2] }),
      bodyEnded('make[0]'),
      bodyEnded('make[1]'),
      ended('make'),
      begun('make[1].server/undo'),
    ];

    expect(select(loop, recorded).kept).toEqual(['make[0]']);
  });
});

describe('a prepared compensation', () => {
  it('is kept with the result that it belongs to, in its old order', () => {
    const flow = workflowOf(compute('a'), compute('b'), compute('c'));

    const kept = select(flow, [
      ended('b'),
      prepared('b/undo'),
      ended('a'),
      prepared('a/undo'),
      prepared('c/undo'),
      ended('c', 'failed'),
    ]);

    expect(keysOf(kept)).toEqual(['step.ended b', 'undo.prepared b/undo', 'step.ended a', 'undo.prepared a/undo']);
  });

  it('is kept with the body or block that holds its step', () => {
    const flow = workflowOf(forEach('make', literal([1]), compute('make[].server')), compute('last'));

    const kept = select(flow, [
      ended('make[0].server'),
      prepared('make[0].server/undo'),
      bodyEnded('make[0]'),
      ended('make'),
      ended('last', 'failed'),
    ]);

    expect(keysOf(kept)).toEqual(['undo.prepared make[0].server/undo', 'step.ended make']);
  });
});

describe('an approval', () => {
  const before = asking(compute('restart', ['status']));
  const events = [ended('status'), ended('ask'), ended('restart', 'failed')];

  it('is kept where what it was given for is the same', () => {
    expect(select(before, events).kept).toEqual(['status', 'ask']);
  });

  it('is void where the effect is defined differently, whatever is to be kept', () => {
    const after = asking(compute('restart', ['status'], literal('other')));

    const kept = select(before, events, { after, keepChanged: true });

    expect(kept.kept).toEqual(['status']);
    expect(reasonsOf(kept)).toEqual({ ask: { kind: 'approval', step: 'restart' } });
  });

  it('is void where the effect names a result that is made anew', () => {
    const kept = select(before, [ended('status', 'failed'), ended('ask'), ended('restart', 'failed')]);

    expect(reasonsOf(kept)).toEqual({ ask: { kind: 'approval', step: 'restart' } });
  });
});

function loop(release: Step): Workflow {
  return workflowOf(forEach('deploy', literal([1, 2]), compute('deploy[].build'), release, compute('deploy[].tell')));
}

function prepared(key: string): RunEvent {
  return { type: 'undo.prepared', at: 1, key, kind: 'tool' };
}

function asking(restart: Step): Workflow {
  return workflowOf(compute('status'), approval('ask', ['restart']), restart);
}
