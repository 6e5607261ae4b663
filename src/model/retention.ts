import type { RunStatus } from './states.ts';
import type { EpochMs } from './time.ts';

/** Which runs that have ended are kept. A run goes only where all that is said here lets it go. */
export interface RetentionPolicy {
  /** So long after its end a run is kept. */
  readonly keepForMs?: number;
  /** So many of the newest of each workflow are kept. */
  readonly keepLast?: number;
  /** Only runs that ended so are looked at; absent: all. */
  readonly statuses?: readonly RunStatus[];
}

/** A run, with all runs below it, that the policy lets go. */
export interface PrunableRun {
  readonly id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly endedAt: EpochMs;
  /** Runs below it. */
  readonly children: number;
}
