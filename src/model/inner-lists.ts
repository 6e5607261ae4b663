import type { Body, Step } from './workflow.ts';

/** The step with other lists in the place of those inside it; a step that is no block as it is. */
export function withInnerLists(step: Step, change: (steps: readonly Step[]) => readonly Step[]): Step {
  const ofBody = (body: Body): Body => ({ ...body, steps: change(body.steps) });
  if (step.kind === 'parallel' || step.kind === 'race') {
    return { ...step, branches: step.branches.map((branch) => ({ ...branch, body: ofBody(branch.body) })) };
  }
  if (step.kind === 'for_each' || step.kind === 'repeat') return { ...step, body: ofBody(step.body) };
  if (step.kind === 'switch') {
    return { ...step, cases: step.cases.map((each) => ({ ...each, body: ofBody(each.body) })) };
  }
  if (step.kind !== 'try') return step;
  const handlers = step.catch.map((handler) => ({ ...handler, body: ofBody(handler.body) }));
  return { ...step, body: ofBody(step.body), catch: handlers, finally: change(step.finally) };
}
