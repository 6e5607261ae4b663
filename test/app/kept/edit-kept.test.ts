import { describe, expect, it } from 'vitest';
import { editKept } from '../../../src/app/kept/edit-kept.ts';
import type { Json } from '../../../src/model/json.ts';
import { bodyEnded, ended } from '../../support/hand-made-workflow.ts';

const events = [
  ended('status', 'succeeded', { output: { state: 'down', nodes: [{ name: 'a' }, { name: 'b' }] } }),
  { ...bodyEnded('deploy[0]'), output: 1 },
  ended('deploy', 'failed'),
] as const;

function edited(path: string, value: Json): readonly unknown[] {
  return editKept(events, [{ path, value }]).map((event) => ('output' in event ? event.output : undefined));
}

describe('an edit of a kept result', () => {
  it.each<[string, Json, Json]>([
    ['status', 'up', 'up'],
    ['status.state', 'up', { state: 'up', nodes: [{ name: 'a' }, { name: 'b' }] }],
    ['status.nodes[1].name', 'c', { state: 'down', nodes: [{ name: 'a' }, { name: 'c' }] }],
    ['status.nodes[2]', null, { state: 'down', nodes: [{ name: 'a' }, { name: 'b' }, null] }],
    ['status.owner.name', 'x', { state: 'down', nodes: [{ name: 'a' }, { name: 'b' }], owner: { name: 'x' } }],
  ])('puts a value at %s', (path, value, output) => {
    expect(edited(path, value)).toEqual([output, 1, undefined]);
  });

  it('reaches the result of one item', () => {
    expect(edited('deploy[0]', 2)[1]).toBe(2);
  });

  it.each([
    ['other.state', 'leads into no result that is kept'],
    ['deploy', 'leads into no result that is kept'],
    ['statusx', 'leads into no result that is kept'],
    ['status.nodes[9]', 'no place for [9]'],
    ['status.state.x', 'no place for x'],
    ['status..state', 'is no path into a result'],
  ])('is refused at %s', (path, message) => {
    expect(() => edited(path, 1)).toThrow(
      expect.objectContaining({ code: 'EDIT_INVALID', message: expect.stringContaining(message) as string }),
    );
  });
});
