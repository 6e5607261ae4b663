import { RunnerError } from '../../model/errors.ts';
import { decideClaim, progressEvents, runFinal, runNotFound, runOwned, runQuarantined } from '../../model/ownership.ts';
import type { RunStatus } from '../../model/states.ts';
import { holdingOf, type Liveness } from './journal-records.ts';
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
 * @throws RunnerError RUN_NOT_FOUND, RUN_OWNED, RUN_FINAL, RUN_QUARANTINED
 */
export function claimRun(sql: JournalStatements, claim: Claim, liveness: Liveness): number | RunnerError {
  const row = sql.run.get(claim.run);
  if (row === undefined) throw runNotFound(claim.run);
  const decision = decideClaim(
    {
      status: row.status as RunStatus,
      crashes: row.crashes,
      holding: holdingOf(row, liveness),
      progressed: sql.hasProgressed.get(row.n, row.claimed_after, progress) === 1,
    },
    claim.force,
  );
  switch (decision.kind) {
    case 'refused':
      throw refusal(row, decision.because);
    case 'quarantine':
      sql.quarantine.run(decision.crashes, row.n);
      return runQuarantined(row.id, decision.crashes);
    case 'granted':
      return grant(sql, row, { status: decision.status, crashes: decision.crashes, owner: claim.register() });
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
