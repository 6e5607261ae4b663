import type { RunEvent } from '../../model/events.ts';
import type { Holding } from '../../model/ownership.ts';
import type { Parking, RunRequest } from '../../model/requests.ts';
import type { Owner, RunGroup, RunRecord } from '../../model/run-records.ts';
import { isFinal, type RunStatus } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';

type FixedPart = Omit<RunRecord, 'status' | 'owner' | 'epoch' | 'crashes' | 'endedAt' | 'leftAt' | 'wakeAt'>;

/** A run as the journal in memory holds it. */
export interface StoredRun {
  readonly record: FixedPart;
  /** Place in the order of creation. */
  readonly n: number;
  readonly group: RunGroup | undefined;
  readonly events: RunEvent[];
  requests: { readonly n: number; readonly request: RunRequest; takenInEpoch: number | undefined }[];
  status: RunStatus;
  endedAt: EpochMs | undefined;
  epoch: number;
  crashes: number;
  owner: Owner | undefined;
  /** Number of events at the last claim. */
  claimedAfter: number;
  /** What it waits for without a process. */
  parking: Parking | undefined;
  /** How far it had looked at signals when it was parked last. */
  seen: ReadonlyMap<string, number>;
}

/** All runs, and who stands behind them. */
export interface StoredRuns {
  readonly all: ReadonlyMap<string, StoredRun>;
  holdingOf(run: StoredRun): Holding;
}

function isOpen({ status }: StoredRun): boolean {
  return !isFinal(status);
}

/** A run and all below it. */
export function familyOf({ all }: StoredRuns, { record }: StoredRun): readonly StoredRun[] {
  return [...all.values()].filter((run) => run.record.root === record.id || run.record.id === record.id);
}

/** The open runs of a group, oldest first. */
export function membersOf({ all }: StoredRuns, key: string): readonly StoredRun[] {
  return [...all.values()].filter((run) => run.group?.key === key && isOpen(run));
}

export function isCancelled({ requests }: StoredRun): boolean {
  return requests.some(({ request }) => request.kind === 'cancel');
}

export function hasRoom(runs: StoredRuns, { group }: StoredRun): boolean {
  if (group === undefined) return true;
  return membersOf(runs, group.key).filter(({ status }) => status !== 'queued').length < group.limit;
}
