import { bodiesOf } from '../../model/block-bodies.ts';
import type { Body, Step } from '../../model/workflow.ts';

/** A list of steps inside a block. */
export interface InnerList {
  /** Declared key of the body: `deploy[]`, `checks.api`, `guarded.try`. The keys of its steps begin with it. */
  readonly key: string;
  readonly body: Body;
}

/** The lists of steps of a block, in the order of the file; none for a step that is no block. That of `finally` is the last. */
export function innerListsOf(step: Step): readonly InnerList[] {
  const lists = bodiesOf(step).map(({ suffix, steps, output }) => ({
    key: step.key + suffix,
    body: { steps, ...(output && { output }) },
  }));
  if (step.kind !== 'try' || step.finally.length > 0) return lists;
  return [...lists, { key: `${step.key}.finally`, body: { steps: [] } }];
}

/** True where a key is that of a block or body, or of something inside it. */
export function isWithin(key: string, outer: string): boolean {
  if (!key.startsWith(outer)) return false;
  const next = key[outer.length];
  return next === undefined || next === '.' || next === '[' || next === '/';
}
