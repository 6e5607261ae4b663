import type { RunContext } from '../context.ts';
import { cancelledFault } from '../program.ts';
import type { StepEnding } from '../step-end.ts';
import type { BodyEnding } from './body.ts';

/** What the end of a body means for the step that ends with it. */
export function passedOn(context: RunContext, ending: BodyEnding): StepEnding {
  switch (ending.kind) {
    case 'completed':
      return { status: 'succeeded', output: ending.output, attempts: 1 };
    case 'returned':
      return { status: 'succeeded', output: ending.output, returned: true, attempts: 1 };
    case 'failed':
      return { status: 'failed', fault: ending.error, attempts: 1 };
    case 'skipped':
      return { status: 'skipped', skipped: 'if', attempts: 0 };
    case 'cancelled':
      return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
  }
}
