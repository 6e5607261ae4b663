import { isCallStep, type Step } from '../../model/workflow.ts';
import { runApproval } from './approvals.ts';
import { runBlock } from './blocks/run-block.ts';
import { runCallStep } from './call-steps.ts';
import { runChild } from './children.ts';
import type { RunContext } from './context.ts';
import type { StepOutcome } from './endings.ts';
import { runOwnStep } from './own-steps.ts';
import { evaluationFault, isTrue } from './program.ts';
import type { Program } from './scheduler.ts';
import { runState } from './state-steps.ts';
import { endStep, keepStep, type StepEnding } from './step-end.ts';
import { mustBeUndone, prepareUndo } from './prepare-undo.ts';
import { runUndos } from './run-undos.ts';
import { runWait } from './waits.ts';

/** Runs one step, or takes its end from the journal where it has one. */
export function* runStep(context: RunContext, step: Step): Program<StepOutcome> {
  const recorded = context.history.stepsEnded.get(step.key);
  if (recorded) return keepStep(context, step, recorded);
  const startedAt = context.history.stepsStarted.get(step.key)?.at ?? context.now;
  const ending = yield* endingOf(context, step);
  const outcome = endStep(context, step, ending, startedAt);
  if (outcome.status === 'succeeded' && step.undo && mustBeUndone(step, ending)) {
    yield* prepareUndo(context, step.undo);
  }
  return outcome;
}

function* endingOf(context: RunContext, step: Step): Program<StepEnding> {
  try {
    const isBegun = context.history.stepsStarted.has(step.key);
    if (!isBegun && step.if && !(yield* isTrue(context, step.if, 'if'))) {
      return { status: 'skipped', skipped: 'if', attempts: 0 };
    }
    return yield* perform(context, step);
  } catch (error) {
    return { status: 'failed', fault: evaluationFault(error), attempts: 0 };
  }
}

function* perform(context: RunContext, step: Step): Program<StepEnding> {
  if (isCallStep(step)) return yield* runCallStep(context, step);
  switch (step.kind) {
    case 'set':
    case 'log':
    case 'return':
    case 'fail':
      return yield* runOwnStep(context, step);
    case 'wait':
      return yield* runWait(context, step);
    case 'approval':
      return yield* runApproval(context, step);
    case 'state':
      return yield* runState(context, step);
    case 'workflow':
      return yield* runChild(context, step);
    case 'undo':
      return yield* runUndos(context);
    case 'parallel':
    case 'race':
    case 'for_each':
    case 'repeat':
    case 'switch':
    case 'try':
      return yield* runBlock(context, step);
  }
}
