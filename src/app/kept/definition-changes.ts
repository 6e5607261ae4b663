import type { Step, Workflow } from '../../model/workflow.ts';
import { allSteps } from '../../model/block-bodies.ts';
import { innerListsOf } from './inner-lists.ts';
import { meaningOf, outputMeaning } from './step-meaning.ts';

/** What two definitions of a workflow do differently, by declared keys of steps. */
export interface DefinitionChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Steps whose result comes from something else now; how often they are tried, or how long they may take, does not count. */
  readonly changed: readonly string[];
  /** Keys of bodies that give something else: `deploy[]`. */
  readonly outputs: readonly string[];
}

/** Compares two definitions step by step. */
export function definitionChanges(before: Workflow, after: Workflow): DefinitionChanges {
  if (before.hash === after.hash) return { added: [], removed: [], changed: [], outputs: [] };
  const [old, fresh] = [byKey(before), byKey(after)];
  const both = [...fresh].flatMap(([key, step]) => {
    const earlier = old.get(key);
    return earlier === undefined ? [] : [{ key, step, earlier }];
  });
  return {
    added: [...fresh.keys()].filter((key) => !old.has(key)),
    removed: [...old.keys()].filter((key) => !fresh.has(key)),
    changed: both
      .filter(({ step, earlier }) => meaningOf(step, after) !== meaningOf(earlier, before))
      .map(({ key }) => key),
    outputs: both.flatMap(({ step, earlier }) => changedOutputs(earlier, step)),
  };
}

function changedOutputs(before: Step, after: Step): readonly string[] {
  const old = new Map(innerListsOf(before).map(({ key, body }) => [key, outputMeaning(body.output)]));
  return innerListsOf(after)
    .filter(({ key, body }) => old.has(key) && old.get(key) !== outputMeaning(body.output))
    .map(({ key }) => key);
}

function byKey(workflow: Workflow): ReadonlyMap<string, Step> {
  return new Map(allSteps(workflow).map((step) => [step.key, step]));
}
