import { isJsonObject } from '../../model/json.ts';
import type { UndoPrepared } from '../../model/events.ts';
import { EvaluationError } from '../../language/expressions/scope.ts';
import { declaredKey, isCallStep, type CallStep, type Step, type WorkflowStep } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { evaluate, evaluationFault } from './program.ts';
import type { Program } from './scheduler.ts';
import type { StepEnding } from './step-end.ts';
import { hasFixedSettings, resolveAction, resolveSettings } from './resolve.ts';

/**
 * False where the step's own call did not happen, and what stood in for it has no effect that this `undo` is for: a value,
 * a read, or an alternative with an `undo` of its own.
 */
export function mustBeUndone(step: Step, { fallback }: StepEnding): boolean {
  if (fallback === undefined || !isCallStep(step)) return true;
  const taken = step.fallback.find((other) => other.kind === 'step' && other.step.key === fallback);
  if (taken?.kind !== 'step' || taken.step.undo) return false;
  return isCallStep(taken.step) ? taken.step.effect !== 'read' : taken.step.kind === 'workflow';
}

/** An effect has succeeded: how to compensate it is resolved now, while all that it names is known, and recorded. */
export function* prepareUndo(context: RunContext, undo: CallStep | WorkflowStep): Program<void> {
  const declared = declaredKey(undo);
  const prepared: UndoPrepared = {
    type: 'undo.prepared',
    at: context.now,
    key: undo.key,
    kind: undo.kind,
    ...(declared === undo.key ? {} : { declared }),
    ...(yield* resolved(context, undo)),
  };
  context.emit(prepared);
  context.run.undos.add(prepared);
}

function* resolved(
  context: RunContext,
  undo: CallStep | WorkflowStep,
): Program<Pick<UndoPrepared, 'action' | 'settings' | 'inputs' | 'fault'>> {
  try {
    if (!isCallStep(undo)) {
      const inputs = yield* evaluate(context, undo.inputs, 'undo.inputs');
      if (isJsonObject(inputs)) return { inputs };
      throw new EvaluationError('expression', 'undo.inputs: must be a mapping');
    }
    const action = yield* resolveAction(context, undo);
    if (hasFixedSettings(undo)) return { action };
    return { action, settings: yield* resolveSettings(context, undo, action) };
  } catch (error) {
    // The effect has succeeded, and that must not be lost with it: the undo will be told as failed.
    return { fault: evaluationFault(error) };
  }
}
