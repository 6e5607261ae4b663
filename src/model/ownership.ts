import { RunnerError } from './errors.ts';
import { isFinal, type RunStatus } from './states.ts';

/** How long a process owns its runs after its last sign of life. */
export const leaseMs = 15_000;

/** So many crashes in a row, with no step ended between them, put a run into quarantine. */
const crashLimit = 3;

/**
 * Whether a process stands behind a run. `free`: nobody owns it. `abandoned`: its owner is dead, or has not
 * extended its lease in time.
 */
export type Holding = 'free' | 'held' | 'abandoned';

/** The status to show: a run that was being worked on and has lost its process is `interrupted`. */
export function shownStatus(status: RunStatus, holding: Holding): RunStatus {
  const lost = holding === 'abandoned' || (holding === 'free' && isBusy(status));
  return lost && (isBusy(status) || status === 'waiting') ? 'interrupted' : status;
}

/** What becomes of a run that a process wants to own. */
export type ClaimDecision =
  | { readonly kind: 'refused'; readonly because: 'final' | 'owned' | 'quarantined' | 'no_room' }
  | { readonly kind: 'granted' | 'quarantine'; readonly crashes: number; readonly status: RunStatus };

/**
 * Decides a claim. A crash counts only while something was being executed, since a run that merely waits cannot have
 * killed its process, and a step that has ended since the last claim shows that the run gets on.
 */
export function decideClaim(
  run: {
    readonly status: RunStatus;
    readonly crashes: number;
    readonly holding: Holding;
    readonly progressed: boolean;
    /** False: its group has as many runs under way as may be. */
    readonly hasRoom: boolean;
  },
  force: boolean,
): ClaimDecision {
  if (isFinal(run.status)) return { kind: 'refused', because: 'final' };
  if (run.holding === 'held') return { kind: 'refused', because: 'owned' };
  if (force) return { kind: 'granted', crashes: 0, status: statusWhenClaimed(run) };
  if (run.status === 'quarantined') return { kind: 'refused', because: 'quarantined' };
  if (run.status === 'queued' && !run.hasRoom) return { kind: 'refused', because: 'no_room' };
  const crashed = run.holding === 'abandoned' && isBusy(run.status);
  const before = run.progressed ? 0 : run.crashes;
  const crashes = crashed ? before + 1 : run.crashes;
  if (crashes >= crashLimit) return { kind: 'quarantine', crashes, status: 'quarantined' };
  return { kind: 'granted', crashes, status: statusWhenClaimed(run) };
}

/** A run that is taken up is at work: should it kill its process before it records anything, that counts as a crash. */
function statusWhenClaimed({ status, holding }: { readonly status: RunStatus; readonly holding: Holding }): RunStatus {
  const isTakenUp = ['queued', 'paused', 'interrupted', 'quarantined'].includes(status);
  return isTakenUp || (status === 'waiting' && holding === 'free') ? 'running' : status;
}

/** Events that show that a run gets on. */
export const progressEvents: readonly string[] = [
  'step.ended',
  'body.ended',
  'poll.ended',
  'timer.fired',
  'signal.received',
];

function isBusy(status: RunStatus): boolean {
  return status === 'running' || status === 'undoing';
}

export function runNotFound(id: string): RunnerError {
  return new RunnerError('RUN_NOT_FOUND', `There is no run "${id}".`, { hint: 'List the runs with: runner runs' });
}

/** @param candidates ids of the runs that the part fits, newest first; at most `shownCandidates` are named */
export function runAmbiguous(part: string, candidates: readonly string[]): RunnerError {
  const more = candidates.length > shownCandidates ? ', …' : '';
  const named = candidates.slice(0, shownCandidates).join(', ');
  return new RunnerError('RUN_AMBIGUOUS', `"${part}" fits more than one run: ${named}${more}.`, {
    hint: 'Give more of the run id.',
  });
}

export const shownCandidates = 5;

export function runFinal(run: string, status: RunStatus): RunnerError {
  return new RunnerError('RUN_FINAL', `Run ${run} has ended (${status}) and does not change any more.`, {
    hint: `See it with: runner show ${run}`,
  });
}

export function runOwned(run: string, owner: { readonly pid: number; readonly host: string }): RunnerError {
  return new RunnerError('RUN_OWNED', `Run ${run} is being executed by process ${owner.pid} on ${owner.host}.`, {
    hint: `Wait for it, or ask it to stop with: runner cancel ${run}`,
  });
}

export function runQuarantined(run: string, crashes: number): RunnerError {
  return new RunnerError(
    'RUN_QUARANTINED',
    `Run ${run} is in quarantine: its process died ${crashes} times without a step ending in between.`,
    { hint: `Look at it with: runner show ${run}, then continue it with: runner resume ${run} --force` },
  );
}

export function leaseLost(run: string, epoch: number): RunnerError {
  return new RunnerError('LEASE_LOST', `Run ${run} has another owner now (this one held epoch ${epoch}).`, {
    hint: `It goes on there; see it with: runner show ${run}`,
  });
}

export function runExists(run: string): RunnerError {
  return new RunnerError('INTERNAL', `A run with the id ${run} exists already.`);
}
