import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/model/events.ts';
import { openApprovals } from '../../src/model/open-approvals.ts';
import { bodyEnded, ended } from '../support/hand-made-workflow.ts';

function asked(key: string, hash = 'one'): RunEvent {
  const binding = { hash, effects: [] };
  return { type: 'approval.requested', at: 1, key, question: 'Go on?', quorum: 2, onTimeout: 'reject', binding };
}

function voted(key: string, by: string, approved = true): RunEvent {
  return { type: 'approval.voted', at: 2, key, approved, by };
}

function keysOf(...events: readonly RunEvent[]): readonly string[] {
  return openApprovals(events).map(({ request }) => request.key);
}

describe('an approval', () => {
  it('is open from its question to the end of its step', () => {
    expect(keysOf(asked('a'), asked('b'))).toEqual(['a', 'b']);
    expect(keysOf(asked('a'), asked('b'), ended('a'))).toEqual(['b']);
  });

  it('holds the last word of each person', () => {
    const [open] = openApprovals([asked('a'), voted('a', 'ann'), voted('a', 'bob'), voted('a', 'ann', false)]);

    expect(open?.votes.map(({ by, approved }) => [by, approved])).toEqual([
      ['bob', true],
      ['ann', false],
    ]);
  });

  it('that is asked anew has no votes', () => {
    const [open] = openApprovals([asked('a'), voted('a', 'ann'), asked('a', 'two')]);

    expect(open).toMatchObject({ request: { binding: { hash: 'two' } }, votes: [] });
  });

  it('is over with the body that it stands in, and with the run', () => {
    expect(keysOf(asked('d[0].a'), asked('d[1].a'), bodyEnded('d[0]', 'cancelled'))).toEqual(['d[1].a']);
    expect(keysOf(asked('d[0].a'), { type: 'run.ended', at: 3, status: 'cancelled' })).toEqual([]);
  });
});
