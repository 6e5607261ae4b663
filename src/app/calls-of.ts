import type { CallStep, Step, Workflow } from '../model/workflow.ts';
import { isCallStep } from '../model/workflow.ts';
import { allSteps } from './kept/inner-lists.ts';

/** All calls that a run of it may make itself: in its lists and blocks, as alternatives, probes and compensations. */
export function callsOf(workflow: Workflow): readonly CallStep[] {
  return allSteps(workflow).flatMap(callsAt);
}

function callsAt(step: Step): readonly CallStep[] {
  const undo = step.undo === undefined ? [] : callsAt(step.undo);
  if (!isCallStep(step)) return undo;
  const alternatives = step.fallback.flatMap((each) => (each.kind === 'step' ? callsAt(each.step) : []));
  const probe = step.verify === undefined ? [] : callsAt(step.verify.probe);
  return [step, ...alternatives, ...probe, ...undo];
}
