import type { Handler, Step } from './workflow.ts';

/** A list of steps inside a block, as the file has it. */
export interface BlockBody {
  readonly role: 'item' | 'round' | 'branch' | 'case' | 'try' | 'catch' | 'finally';
  /** What it adds to the key of its block: `[]` for all items and rounds, `.api`, `[1]`, `.try`, `.catch[0]`, `.finally`. */
  readonly suffix: string;
  readonly steps: readonly Step[];
}

/** The bodies of a block in written order; empty for every other step. */
export function bodiesOf(step: Step): readonly BlockBody[] {
  switch (step.kind) {
    case 'parallel':
    case 'race':
      return step.branches.map(({ name, body }) => ({ role: 'branch', suffix: `.${name}`, steps: body.steps }));
    case 'for_each':
      return [{ role: 'item', suffix: '[]', steps: step.body.steps }];
    case 'repeat':
      return [{ role: 'round', suffix: '[]', steps: step.body.steps }];
    case 'switch':
      return step.cases.map(({ body }, index) => ({ role: 'case', suffix: `[${index}]`, steps: body.steps }));
    case 'try':
      return [
        { role: 'try', suffix: '.try', steps: step.body.steps },
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
  return { role: 'catch', suffix: `.catch[${index}]`, steps: body.steps };
}
