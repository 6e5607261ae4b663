import { shownStatus } from '../../model/ownership.ts';
import type { EpochMs } from '../../model/time.ts';
import { familyOf, hasRoom, isCancelled, membersOf, type StoredRun, type StoredRuns } from './stored-run.ts';

/** Whether a signal has come that a run has not seen. */
export type HasSignal = (run: StoredRun, name: string, seen: number) => boolean;

/** The outermost runs that can go on without a person: by priority, then the oldest. */
export function runsToGoOn(runs: StoredRuns, now: EpochMs, hasSignal: HasSignal): readonly StoredRun[] {
  return [...runs.all.values()].filter((run) => canGoOn(runs, run, { now, hasSignal })).toSorted(byTurn);
}

function byTurn(a: StoredRun, b: StoredRun): number {
  return b.record.priority - a.record.priority || a.n - b.n;
}

function canGoOn(
  runs: StoredRuns,
  run: StoredRun,
  { now, hasSignal }: { readonly now: EpochMs; readonly hasSignal: HasSignal },
): boolean {
  const holding = runs.holdingOf(run);
  if (run.record.parent !== undefined || holding === 'held') return false;
  if (shownStatus(run.status, holding) === 'interrupted') return true;
  const family = familyOf(runs, run);
  switch (run.status) {
    case 'queued':
      return isCancelled(run) || isNextInLine(runs, run);
    case 'paused':
      return family.some(isCancelled);
    case 'needs_attention':
      return isAsked(family);
    case 'waiting':
      return isDue(run, now) || isAsked(family) || isSignalled(run, hasSignal) || childHasTurn(runs, family);
    case 'running':
    case 'undoing':
    case 'interrupted':
    case 'quarantined':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'timed_out':
    case 'undo_failed':
      return false;
  }
}

function isNextInLine(runs: StoredRuns, run: StoredRun): boolean {
  if (run.group === undefined) return true;
  const line = membersOf(runs, run.group.key).filter((other) => other.status === 'queued' && !isCancelled(other));
  return line.toSorted(byTurn)[0] === run && hasRoom(runs, run);
}

function isDue({ parking }: StoredRun, now: EpochMs): boolean {
  return parking?.wakeAt !== undefined && parking.wakeAt <= now;
}

function isAsked(family: readonly StoredRun[]): boolean {
  return family.some(({ requests }) => requests.length > 0);
}

function isSignalled(run: StoredRun, hasSignal: HasSignal): boolean {
  return [...run.seen].some(([name, seen]) => hasSignal(run, name, seen));
}

function childHasTurn(runs: StoredRuns, family: readonly StoredRun[]): boolean {
  return family.some(
    (child) => child.record.parent !== undefined && child.status === 'queued' && isTurnOf(runs, child),
  );
}

function isTurnOf(runs: StoredRuns, child: StoredRun): boolean {
  return isCancelled(child) || isNextInLine(runs, child);
}
