import { describe, expect, it } from 'vitest';
import {
  begun,
  bodyEnded,
  choose,
  compute,
  ended,
  forEach,
  guarded,
  literal,
  parallel,
  repeat,
  workflowOf,
} from '../../support/hand-made-workflow.ts';
import { keysOf, reasonsOf, select } from '../../support/select-kept.ts';

describe('a for_each in which an item failed', () => {
  const flow = workflowOf(
    forEach(
      'deploy',
      literal(['x', 'y', 'z']),
      compute('deploy[].build'),
      compute('deploy[].release', ['deploy[].build']),
    ),
    compute('after'),
  );
  const events = [
    begun('deploy', { items: ['x', 'y', 'z'], deadline: 65 }),
    ended('deploy[0].build'),
    ended('deploy[0].release'),
    bodyEnded('deploy[0]'),
    ended('deploy[1].build'),
    ended('deploy[1].release', 'failed'),
    bodyEnded('deploy[1]', 'failed'),
    ended('deploy[2].build'),
    ended('deploy[2].release', 'cancelled'),
    bodyEnded('deploy[2]', 'cancelled'),
    ended('deploy', 'failed'),
  ];

  it('keeps the other items, and what succeeded in this one', () => {
    const kept = select(flow, events);

    expect(kept.kept).toEqual(['deploy[0]', 'deploy[1].build', 'deploy[2].build']);
    expect(kept.from).toBe('deploy[1].release');
  });

  it('keeps the items themselves, with its time begun anew', () => {
    expect(select(flow, events).events[0]).toMatchObject({ items: ['x', 'y', 'z'], at: 1_000, deadline: 1_060 });
  });

  it('keeps what names the step of its own item, not that of another', () => {
    const names = workflowOf(forEach('d', literal([1, 2]), compute('d[].a'), compute('d[].b', ['d[].a'])));

    const kept = select(names, [
      begun('d', { items: [1, 2] }),
      ended('d[0].a', 'failed'),
      ended('d[0].b'),
      bodyEnded('d[0]', 'failed'),
      ended('d[1].a'),
      ended('d[1].b'),
      bodyEnded('d[1]', 'cancelled'),
      ended('d', 'failed'),
    ]);

    expect(kept.kept).toEqual(['d[1].a', 'd[1].b']);
    expect(reasonsOf(kept)).toEqual({ 'd[0].b': { kind: 'depends', on: 'd[0].a' } });
  });

  it('is kept whole where it ended well, with the items that it tolerated', () => {
    const kept = select(flow, [bodyEnded('deploy[1]', 'failed'), ended('deploy'), ended('after', 'failed')]);

    expect(keysOf(kept)).toEqual(['step.ended deploy']);
  });

  it('of which only its end and its items are known, from a retry before, is kept as it is', () => {
    const kept = select(flow, [begun('deploy', { items: ['x', 'y', 'z'] }), bodyEnded('deploy[0]')]);

    expect(kept.kept).toEqual(['deploy[0]']);
  });

  it('may stand in another one', () => {
    const nested = workflowOf(
      forEach(
        'a',
        literal([1]),
        forEach('a[].b', literal([1, 2]), compute('a[].b[].c'), compute('a[].b[].d', ['a[].b[].c'])),
      ),
    );

    const kept = select(nested, [
      begun('a', { items: [1] }),
      begun('a[0].b', { items: [1, 2] }),
      bodyEnded('a[0].b[0]'),
      ended('a[0].b[1].c'),
      ended('a[0].b[1].d', 'failed'),
    ]);

    expect(kept.kept).toEqual(['a[0].b[0]', 'a[0].b[1].c']);
  });
});

describe('other blocks that failed', () => {
  it('parallel keeps the branches that succeeded, and the steps before the one that failed', () => {
    const flow = workflowOf(
      parallel('checks', {
        api: [compute('checks.api')],
        web: [compute('checks.web.a'), compute('checks.web.b')],
      }),
    );

    const kept = select(flow, [
      ended('checks.api'),
      bodyEnded('checks.api'),
      ended('checks.web.a'),
      ended('checks.web.b', 'failed'),
      bodyEnded('checks.web', 'failed'),
      ended('checks', 'failed'),
    ]);

    expect(kept.kept).toEqual(['checks.api', 'checks.web.a']);
  });

  it('repeat keeps the rounds before the one that failed, and nothing of later ones', () => {
    const flow = workflowOf(repeat('poll', compute('poll[].a'), compute('poll[].b')));

    const kept = select(flow, [
      begun('poll'),
      bodyEnded('poll[0]'),
      ended('poll[1].a'),
      ended('poll[1].b', 'failed'),
      bodyEnded('poll[2]'),
      ended('poll', 'failed'),
    ]);

    expect(kept.kept).toEqual(['poll[0]', 'poll[1].a']);
  });

  it('switch keeps the case that was chosen', () => {
    const flow = workflowOf(choose('sw', [compute('sw[0].a')], [compute('sw[1].a'), compute('sw[1].b')]));

    const kept = select(flow, [
      { type: 'body.started', at: 1, key: 'sw[1]' },
      ended('sw[1].a'),
      ended('sw[1].b', 'failed'),
      bodyEnded('sw[1]', 'failed'),
      ended('sw', 'failed'),
    ]);

    expect(keysOf(kept)).toEqual(['body.started sw[1]', 'step.ended sw[1].a']);
  });

  const flow = workflowOf(
    guarded('t', {
      body: [compute('t.try.a'), compute('t.try.b')],
      handler: [compute('t.catch[0].c')],
      last: [compute('t.finally.d'), compute('t.finally.e')],
    }),
  );

  it('try keeps what succeeded in its body, and nothing of its handlers', () => {
    const kept = select(flow, [
      ended('t.try.a'),
      ended('t.try.b', 'failed'),
      bodyEnded('t.try', 'failed'),
      ended('t.catch[0].c', 'failed'),
      ended('t.finally.d'),
      ended('t', 'failed'),
    ]);

    expect(kept.kept).toEqual(['t.try.a']);
  });

  it('try whose finally failed keeps its body and what succeeded in finally', () => {
    const kept = select(flow, [
      ended('t.try.a'),
      bodyEnded('t.try'),
      ended('t.finally.d'),
      ended('t.finally.e', 'failed'),
      ended('t', 'failed'),
    ]);

    expect(kept.kept).toEqual(['t.try', 't.finally.d']);
  });

  it('try in which a handler ended well is kept whole', () => {
    expect(select(flow, [bodyEnded('t.try', 'failed'), bodyEnded('t.catch[0]'), ended('t')]).kept).toEqual(['t']);
  });
});
