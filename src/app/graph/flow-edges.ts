import { withInnerSteps } from '../../model/block-bodies.ts';
import { isCallStep } from '../../model/workflow.ts';
import type { Step } from '../../model/workflow.ts';

type Edge = readonly [number, number];

/** What leads from step to step, as positions in the list; of `order: dependencies` without what others imply. */
export function flowEdges(steps: readonly Step[], order: 'written' | 'dependencies'): readonly Edge[] {
  if (order === 'written') return steps.slice(1).map((_, index) => [index, index + 1] as const);
  const before: ReadonlySet<number>[] = [];
  return steps.flatMap((step, index) => {
    const needed = [...neededBy(step, index, steps)];
    const implied = new Set(needed.flatMap((each) => [...(before[each] ?? [])]));
    before.push(new Set([...needed, ...implied]));
    return needed.filter((each) => !implied.has(each)).map((each) => [each, index] as const);
  });
}

/** Positions of all steps that have to end before a step can begin. */
function neededBy(step: Step, index: number, steps: readonly Step[]): ReadonlySet<number> {
  const named = namedBy(step);
  const [writes, stops] = [some(step, isWriting), some(step, isStop)];
  const earlier = steps.slice(0, index).entries();
  return new Set(
    [...earlier].flatMap(([position, other]) => {
      const isNeeded = named.has(other.key) || stops || some(other, isStop) || (writes && some(other, isWriting));
      return isNeeded ? [position] : [];
    }),
  );
}

/** Keys of the steps that a step names or needs, in any field of its own or of what is inside it. */
function namedBy(step: Step): ReadonlySet<string> {
  return new Set(withInnerSteps(step).flatMap(({ references, needs = [] }) => references.concat(needs)));
}

function some(step: Step, holds: (step: Step) => boolean): boolean {
  return withInnerSteps(step).some(holds);
}

function isWriting(step: Step): boolean {
  return step.kind === 'workflow' || step.kind === 'state' || (isCallStep(step) && step.effect !== 'read');
}

/** All before it end first, and all after it wait for it. */
function isStop({ kind }: Step): boolean {
  return kind === 'return' || kind === 'fail' || kind === 'approval' || kind === 'wait';
}
