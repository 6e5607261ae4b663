import type { RunView, StepView } from './run-view.ts';
import type { StepStatus } from './states.ts';

/** Gives a step a state, and keeps count of what is under way. Blocks are told of by what is inside them. */
export function setStatus(view: RunView, step: StepView, status: StepStatus): void {
  leave(view, step);
  step.status = status;
  if (!isUnderWay(status) || (step.block !== undefined && step.waiting === undefined)) return;
  view.index.active.add(step);
  view.index.tally[status] += 1;
}

/** Takes a step from those under way. */
export function leave({ index }: RunView, step: StepView): void {
  if (index.active.delete(step) && isUnderWay(step.status)) index.tally[step.status] -= 1;
}

function isUnderWay(status: StepStatus): status is 'running' | 'waiting' | 'unknown' {
  return status === 'running' || status === 'waiting' || status === 'unknown';
}

/** A run waits while something in it waits and nothing is under way. */
export function refreshStatus(view: RunView): void {
  if (view.endedAt === undefined && view.pausedBy === undefined) view.status = statusOf(view);
}

function statusOf({ phase, index: { tally } }: RunView): RunView['status'] {
  if (tally.running > 0 || tally.waiting + tally.unknown === 0) return phase === 'undo' ? 'undoing' : 'running';
  if (tally.unknown > 0) return 'needs_attention';
  return phase === 'undo' ? 'undoing' : 'waiting';
}
