import { RunnerError } from '../../model/errors.ts';
import type { Step } from '../../model/workflow.ts';
import { isWithin } from './inner-lists.ts';

/** The step to begin from; `pinned` where one item or round was named. */
export interface Target {
  readonly key: string;
  readonly pinned?: string;
}

/**
 * The step that a person names by its id, its key, or its key in one item or round.
 * @throws RunnerError RUN_STEP_UNKNOWN
 */
export function targetOf(from: string, steps: readonly Step[]): Target {
  const step = steps.find(({ id, key }) => id === from || key === from);
  if (step !== undefined) return { key: step.key };
  const loop = steps.find(({ key }) => patternOf(key).test(from));
  if (loop !== undefined) return { key: loop.key, pinned: from };
  const known = steps.map(({ id, key }) => id ?? key);
  throw new RunnerError('RUN_STEP_UNKNOWN', `The workflow has no step "${from}".`, {
    hint: `It has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}.`,
  });
}

/** @param key the step's key in the run */
export function isTarget(target: Target | undefined, step: Step, key: string): boolean {
  return target?.key === step.key && (target.pinned === undefined || target.pinned === key);
}

/** Whether the target stands in a block or body. @param key its key in the run */
export function holdsTarget(target: Target | undefined, declared: string, key: string): boolean {
  if (target === undefined || !isWithin(target.key, declared)) return false;
  return target.pinned === undefined || isWithin(target.pinned, key);
}

/** `deploy[].release` as what its keys in a run look like. */
function patternOf(declared: string): RegExp {
  const parts = declared.split('[]').map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(String.raw`\[\d+\]`)}$`);
}
