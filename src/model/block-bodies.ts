import type { Value } from './values.ts';
import { isCallStep, type Body, type Handler, type Step, type Workflow } from './workflow.ts';

/** A list of steps inside a block, as the file has it. */
export interface BlockBody {
  readonly role: 'item' | 'round' | 'branch' | 'case' | 'try' | 'catch' | 'finally';
  /** What it adds to the key of its block: `[]` for all items and rounds, `.api`, `[1]`, `.try`, `.catch[0]`, `.finally`. */
  readonly suffix: string;
  readonly steps: readonly Step[];
  /** Absent: it gives its last result. */
  readonly output?: Value;
}

/** The bodies of a block in written order; empty for every other step. */
export function bodiesOf(step: Step): readonly BlockBody[] {
  switch (step.kind) {
    case 'parallel':
    case 'race':
      return step.branches.map(({ name, body }) => ({ role: 'branch', suffix: `.${name}`, ...partsOf(body) }));
    case 'for_each':
      return [{ role: 'item', suffix: '[]', ...partsOf(step.body) }];
    case 'repeat':
      return [{ role: 'round', suffix: '[]', ...partsOf(step.body) }];
    case 'switch':
      return step.cases.map(({ body }, index) => ({ role: 'case', suffix: `[${index}]`, ...partsOf(body) }));
    case 'try':
      return [
        { role: 'try', suffix: '.try', ...partsOf(step.body) },
        ...step.catch.map((handler, index) => handlerBody(handler, index)),
        ...(step.finally.length === 0
          ? []
          : [{ role: 'finally', suffix: '.finally', steps: step.finally } satisfies BlockBody]),
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

function handlerBody({ body }: Handler, index: number): BlockBody {
  return { role: 'catch', suffix: `.catch[${index}]`, ...partsOf(body) };
}

function partsOf({ steps, output }: Body): Pick<BlockBody, 'steps' | 'output'> {
  return { steps, ...(output && { output }) };
}

/** Steps in the name of another one: alternatives, probe and compensation. */
export function partnersOf(step: Step): readonly Step[] {
  const undo = step.undo ? [step.undo] : [];
  if (!isCallStep(step)) return undo;
  const alternatives = step.fallback.flatMap((each) => (each.kind === 'step' ? [each.step] : []));
  return [...alternatives, ...(step.verify ? [step.verify.probe] : []), ...undo];
}

/** A step with all that are in its bodies, at any depth, in the order of the file. */
export function withInnerSteps(step: Step): readonly Step[] {
  return [step, ...bodiesOf(step).flatMap(({ steps }) => steps.flatMap(withInnerSteps))];
}

/** A step with all that are in its bodies and all that stand in the name of another, at any depth. */
export function stepsWithin(step: Step): readonly Step[] {
  const inner = [...partnersOf(step), ...bodiesOf(step).flatMap(({ steps }) => steps)];
  return [step, ...inner.flatMap(stepsWithin)];
}

/** The lists of a workflow: its steps and its handlers. */
export function topSteps({ steps, onFailure, finally: last }: Workflow): readonly Step[] {
  return [...steps, ...onFailure, ...last];
}

/** All steps of a workflow: those of its main list, its handlers, and what is inside of them. */
export function allSteps(workflow: Workflow): readonly Step[] {
  return topSteps(workflow).flatMap(withInnerSteps);
}
