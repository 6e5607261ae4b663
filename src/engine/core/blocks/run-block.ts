import type { Program } from '../scheduler.ts';
import type { StepStarted } from '../../../model/events.ts';
import { formatDuration } from '../../../model/time.ts';
import type { BlockStep } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { withDeadline } from '../deadline.ts';
import { deadlineOf, startStep } from '../start-step.ts';
import type { StepEnding } from '../step-end.ts';
import { runParallel, runRace } from './branches.ts';
import { runForEach, startForEach } from './for-each.ts';
import { runRepeat } from './repeat.ts';
import { runSwitch } from './switch.ts';
import { runTry } from './try.ts';

/** Runs a step with lists of steps inside, within its time. */
export function* runBlock(context: RunContext, step: BlockStep): Program<StepEnding> {
  const started = step.kind === 'for_each' ? yield* startForEach(context, step) : startStep(context, step);
  const deadline = deadlineOf(context, started);
  const ending = yield* withDeadline(context, { key: step.key, deadline }, (frame) => runKind(frame, step, started));
  if (ending !== 'late') return ending;
  const message = `The step's timeout of ${formatDuration((started.deadline ?? started.at) - started.at)} is over.`;
  return { status: 'failed', fault: { kind: 'timeout', message, outcome: 'failed', transient: false }, attempts: 1 };
}

function runKind(context: RunContext, step: BlockStep, started: StepStarted): Program<StepEnding> {
  switch (step.kind) {
    case 'parallel':
      return runParallel(context, step);
    case 'race':
      return runRace(context, step);
    case 'for_each':
      return runForEach(context, step, started);
    case 'repeat':
      return runRepeat(context, step);
    case 'switch':
      return runSwitch(context, step);
    case 'try':
      return runTry(context, step);
  }
}
