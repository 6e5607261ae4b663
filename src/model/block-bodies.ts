import type { Body, Handler, Step } from './workflow.ts';

/** A list of steps inside a block, as the file has it. */
export interface BlockBody {
  readonly role: 'item' | 'round' | 'branch' | 'case' | 'try' | 'catch' | 'finally';
  /** What it adds to the key of its block: `[]` for all items and rounds, `.api`, `[1]`, `.try`, `.catch[0]`, `.finally`. */
  readonly suffix: string;
  readonly steps: readonly Step[];
  /** False where it gives an `output` of its own. */
  readonly givesLastResult: boolean;
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
          : [{ role: 'finally', suffix: '.finally', steps: step.finally, givesLastResult: true } satisfies BlockBody]),
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

function partsOf({ steps, output }: Body): Pick<BlockBody, 'steps' | 'givesLastResult'> {
  return { steps, givesLastResult: output === undefined };
}
