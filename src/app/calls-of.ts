import type { CallStep, Step, Workflow } from '../model/workflow.ts';
import { isCallStep } from '../model/workflow.ts';
import { allSteps, partnersOf } from '../model/block-bodies.ts';

/** All calls that a run of it may make itself: in its lists and blocks, as alternatives, probes and compensations. */
export function callsOf(workflow: Workflow): readonly CallStep[] {
  return allSteps(workflow).flatMap(callsAt);
}

function callsAt(step: Step): readonly CallStep[] {
  const inNameOfIt = partnersOf(step).flatMap(callsAt);
  return isCallStep(step) ? [step, ...inNameOfIt] : inNameOfIt;
}
