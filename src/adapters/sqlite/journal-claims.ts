import { RunnerError } from '../../model/errors.ts';
import { decideClaim, progressEvents, runFinal, runNotFound, runOwned, runQuarantined } from '../../model/ownership.ts';
import type { ClaimedRun } from '../../model/run-records.ts';
import type { RunStatus } from '../../model/states.ts';
import type { JournalParts } from './journal-parts.ts';
import { holdingOf } from './journal-records.ts';
import type { JournalStatements, RunRow } from './journal-schema.ts';

/** A process that asks for a run. */
export interface Claim {
  readonly run: string;
  readonly force: boolean;
  /** Stores the process and starts its lease; called only when the run is granted. */
  readonly register: () => number;
}

const progress = JSON.stringify(progressEvents);

/**
 * Performs a claim inside a transaction.
 * @returns the new epoch; or, for a run that goes into quarantine now, the refusal: that write has to be committed
 * @throws RunnerError RUN_NOT_FOUND, RUN_OWNED, RUN_FINAL, RUN_QUARANTINED, RUN_CONFLICT
 */
export function claimRun({ sql, liveness, groups }: JournalParts, claim: Claim): number | RunnerError {
  const row = sql.run.get(claim.run);
  if (row === undefined) throw runNotFound(claim.run);
  const decision = decideClaim(
    {
      status: row.status as RunStatus,
      crashes: row.crashes,
      holding: holdingOf(row, liveness),
      hasRoom: row.group_key === null || groups().hasRoom(row),
      progressed: sql.hasProgressed.get(row.n, row.claimed_after, progress) === 1,
    },
    claim.force,
  );
  switch (decision.kind) {
    case 'refused':
      throw decision.because === 'no_room' ? groups().conflict(row) : refusal(row, decision.because);
    case 'quarantine':
      sql.quarantine.run(decision.crashes, row.n);
      return runQuarantined(row.id, decision.crashes);
    case 'granted': {
      const epoch = grant(sql, row, { status: decision.status, crashes: decision.crashes, owner: claim.register() });
      // It has taken a place, and left the line.
      if (row.status === 'queued' && row.group_key !== null) groups().passTurn(row.group_key);
      return epoch;
    }
  }
}

/**
 * Performs inside a transaction the claim of the first run that is ready.
 * @param exclude ids as a JSON list
 * @param register stores the process that claims it
 */
export function claimFirst(parts: JournalParts, exclude: string, register: () => number): ClaimedRun | undefined {
  for (;;) {
    const run = parts.turns().first(exclude);
    if (run === undefined) return undefined;
    const epoch = tryToClaim(parts, run, register);
    if (epoch !== undefined) return { run, epoch };
    parts.turns().passOver(run);
  }
}

/** Undefined where it goes into quarantine, or was kept or ended by a process of an older version, which tells nobody. */
function tryToClaim(parts: JournalParts, run: string, register: () => number): number | undefined {
  // Who is to end needs no room for it.
  const force = parts.sql.run.get(run)?.status === 'queued' && parts.groups().isToEnd(run);
  try {
    const outcome = claimRun(parts, { run, force, register });
    return typeof outcome === 'number' ? outcome : undefined;
  } catch (error) {
    if (error instanceof RunnerError) return undefined;
    throw error;
  }
}

function grant(
  sql: JournalStatements,
  row: RunRow,
  given: { readonly status: RunStatus; readonly crashes: number; readonly owner: number },
): number {
  const epoch = sql.claim.get(given.status, given.crashes, given.owner, row.n);
  if (epoch === undefined) throw new RunnerError('INTERNAL', `Run ${row.id} vanished while it was being claimed.`);
  return epoch;
}

function refusal(row: RunRow, because: 'final' | 'owned' | 'quarantined'): RunnerError {
  switch (because) {
    case 'final':
      return runFinal(row.id, row.status as RunStatus);
    case 'owned':
      return runOwned(row.id, row);
    case 'quarantined':
      return runQuarantined(row.id, row.crashes);
  }
}
