import type { Step } from '../../model/workflow.ts';

/** A step and all steps inside it, at any depth: bodies, alternatives, probe and compensation. */
export function stepsWithin(step: Step): readonly Step[] {
  return [step, ...innerSteps(step).flatMap(stepsWithin)];
}

function innerSteps(step: Step): readonly Step[] {
  const undo = step.undo ? [step.undo] : [];
  return [...undo, ...bodiesOf(step)];
}

function bodiesOf(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'tool':
    case 'http':
    case 'run':
      return [
        ...step.fallback.flatMap((alternative) => (alternative.kind === 'step' ? [alternative.step] : [])),
        ...(step.verify ? [step.verify.probe] : []),
      ];
    case 'parallel':
    case 'race':
      return step.branches.flatMap(({ body }) => body.steps);
    case 'for_each':
    case 'repeat':
      return step.body.steps;
    case 'switch':
      return step.cases.flatMap(({ body }) => body.steps);
    case 'try':
      return [...step.body.steps, ...step.catch.flatMap(({ body }) => body.steps), ...step.finally];
    case 'set':
    case 'log':
    case 'wait':
    case 'approval':
    case 'state':
    case 'workflow':
    case 'return':
    case 'fail':
    case 'undo':
      return [];
  }
}
