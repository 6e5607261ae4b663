/** The states of a run. `docs/semantics.md` says what leads from one to the next. */
export type RunStatus =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'paused'
  | 'undoing'
  | 'needs_attention'
  | 'interrupted'
  | 'quarantined'
  | FinalRunStatus;

/** A run in one of these states never changes again. */
export type FinalRunStatus = 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'undo_failed';

/** The states of a step. `unknown`: it was in flight when its process died, and nobody knows whether it happened. */
export type StepStatus =
  'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'skipped' | 'cancelled' | 'unknown';

const finalRunStatuses: readonly FinalRunStatus[] = ['succeeded', 'failed', 'cancelled', 'timed_out', 'undo_failed'];

export const runStatuses: readonly RunStatus[] = [
  'queued',
  'running',
  'waiting',
  'paused',
  'undoing',
  'needs_attention',
  'interrupted',
  'quarantined',
  ...finalRunStatuses,
];

export function isFinal(status: RunStatus): status is FinalRunStatus {
  return (finalRunStatuses as readonly RunStatus[]).includes(status);
}
