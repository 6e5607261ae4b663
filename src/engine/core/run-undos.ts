import type { StepStarted, UndoPrepared } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import { isCallStep } from '../../model/workflow.ts';
import { runCallStep } from './call-steps.ts';
import { runChild } from './children.ts';
import type { RunContext } from './context.ts';
import { evaluationFault } from './program.ts';
import type { Program } from './scheduler.ts';
import { endStep, keepStep, type StepEnding } from './step-end.ts';
import { startStep } from './start-step.ts';
import type { PreparedUndo } from './undos.ts';

/**
 * Compensates all effects that have succeeded, the last first, whatever is cancelled meanwhile. One that fails does not
 * keep the others from running; the run then ends as `undo_failed`.
 */
export function* runUndos(context: RunContext): Program<StepEnding> {
  const { run } = context;
  const before = run.phase;
  if (!context.history.phases.has('undo')) context.emit({ type: 'phase.started', at: context.now, phase: 'undo' });
  run.phase = 'undo';
  const frame = context.within({ isShielded: true });
  const failed: string[] = [];
  for (const undo of run.undos.inReverse()) if (!(yield* runUndo(frame, undo))) failed.push(undo.step.key);
  run.phase = before;
  if (failed.length === 0) return { status: 'succeeded', attempts: 1 };
  return { status: 'failed', fault: notUndone(failed), attempts: 1 };
}

/** True when it succeeded. */
function* runUndo(context: RunContext, { step, prepared }: PreparedUndo): Program<boolean> {
  const recorded = context.history.stepsEnded.get(step.key);
  if (recorded) return keepStep(context, step, recorded).status === 'succeeded';
  const { action, settings, inputs, fault } = prepared;
  const details = { ...(action ? { action } : {}), ...(settings ? { settings } : {}) };
  const begun = isCallStep(step) && !fault ? startStep(context, step, details) : undefined;
  const startedAt = begun?.at ?? context.now;
  const ending = fault
    ? { status: 'failed' as const, fault, attempts: 0 }
    : yield* perform(context, step, { begun, inputs });
  return endStep(context, step, ending, startedAt).status === 'succeeded';
}

function* perform(
  context: RunContext,
  step: PreparedUndo['step'],
  { begun, inputs }: { readonly begun: StepStarted | undefined; readonly inputs: UndoPrepared['inputs'] },
): Program<StepEnding> {
  try {
    return isCallStep(step) ? yield* runCallStep(context, step, begun) : yield* runChild(context, step, inputs);
  } catch (error) {
    return { status: 'failed', fault: evaluationFault(error), attempts: 0 };
  }
}

function notUndone(keys: readonly string[]): Fault {
  const message = `Not undone: ${keys.map((key) => key.replace(/\/undo$/, '')).join(', ')}.`;
  const hint = 'Undo it by hand. `runner show` tells what each of them tried and why it failed.';
  return { kind: 'failed', message, outcome: 'failed', transient: false, hint };
}
