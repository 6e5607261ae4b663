import type { Body, Step, Workflow } from '../../model/workflow.ts';

/** A list of steps inside a block. */
export interface InnerList {
  /** Declared key of the body: `deploy[]`, `checks.api`, `guarded.try`. The keys of its steps begin with it. */
  readonly key: string;
  readonly body: Body;
}

/** The lists of steps of a block, in the order of the file; none for a step that is no block. */
export function innerListsOf(step: Step): readonly InnerList[] {
  const { key } = step;
  switch (step.kind) {
    case 'parallel':
    case 'race':
      return step.branches.map(({ name, body }) => ({ key: `${key}.${name}`, body }));
    case 'for_each':
    case 'repeat':
      return [{ key: `${key}[]`, body: step.body }];
    case 'switch':
      return step.cases.map(({ body }, index) => ({ key: `${key}[${index}]`, body }));
    case 'try':
      return [
        { key: `${key}.try`, body: step.body },
        ...step.catch.map(({ body }, index) => ({ key: `${key}.catch[${index}]`, body })),
        { key: `${key}.finally`, body: { steps: step.finally } },
      ];
    case 'tool':
    case 'http':
    case 'run':
    case 'set':
    case 'log':
    case 'wait':
    case 'return':
    case 'fail':
    case 'approval':
    case 'state':
    case 'workflow':
    case 'undo':
      return [];
  }
}

/** A step with all that are inside it, in the order of the file. */
function withInnerSteps(step: Step): readonly Step[] {
  return [step, ...innerListsOf(step).flatMap(({ body }) => body.steps.flatMap(withInnerSteps))];
}

/** All steps of a workflow: those of its main list, its handlers, and what is inside of them. */
export function allSteps({ steps, onFailure, finally: last }: Workflow): readonly Step[] {
  return [...steps, ...onFailure, ...last].flatMap(withInnerSteps);
}

/** True where a key is that of a block or body, or of something inside it. */
export function isWithin(key: string, outer: string): boolean {
  if (!key.startsWith(outer)) return false;
  const next = key[outer.length];
  return next === undefined || next === '.' || next === '[' || next === '/';
}
