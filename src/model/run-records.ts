import type { BudgetSettlement, BudgetSpend } from './budgets.ts';
import type { Cost } from './costs.ts';
import type { JsonObject } from './json.ts';
import type { Parking, StateChange } from './requests.ts';
import type { RunStatus } from './states.ts';
import type { EpochMs } from './time.ts';
import type { Workflow } from './workflow.ts';

export interface NewRun {
  readonly id: string;
  readonly workflow: Workflow;
  /** The file's text, kept beside the compiled form. */
  readonly source: string;
  /** For lists: without sensitive values. What the run works with stands in its first event. */
  readonly inputs: JsonObject;
  /** Git commit of the project, when there is one. */
  readonly commit?: string;
  /** Which of the project's environments. */
  readonly environment?: string;
  readonly startedAt: EpochMs;
  readonly status: RunStatus;
  /** The run whose step started it as a child; requests for the outermost run's wake-up count those for its children. */
  readonly parent?: string;
  /** From -100 to 100; the higher, the sooner it leaves the queue. Absent: 0. */
  readonly priority?: number;
  /**
   * Of the person who started it: a second start of the same workflow with the same key gives the first run. Runs of the
   * sandbox and of environments are kept apart by what the caller puts before the key.
   */
  readonly runKey?: string;
  /** Runs that count together for `runs`; absent: no limit. */
  readonly group?: RunGroup;
}

/** Runs of which no more than `limit` go on at once: all that are open and not queued count. */
export interface RunGroup {
  readonly key: string;
  /** From 1. */
  readonly limit: number;
  /** What becomes of a run that is one too many. Absent: `queue`. */
  readonly onConflict?: 'queue' | 'reject' | 'cancel_running';
}

/** What became of a run that was to be created. */
export type Creation =
  /** It has the status and the owner that were asked for. */
  | { readonly kind: 'created' }
  /** Its group has no room: it is stored as `queued`, and nobody owns it. */
  | { readonly kind: 'queued'; readonly behind: readonly string[] }
  /** There is a run with its run key already: nothing was stored. */
  | { readonly kind: 'known'; readonly run: string };

/** A run that a worker was given, and the epoch under which it writes. */
export interface ClaimedRun {
  readonly run: string;
  readonly epoch: number;
}

export interface RunChange {
  /** Absent: as it was. */
  readonly status?: RunStatus;
  /** True: the lease is given back in the same transaction. */
  readonly release?: boolean;
  readonly counts?: Counts;
  /** With `release`: what it waits for. Any other release clears it. */
  readonly parking?: Parking;
  readonly state?: readonly StateChange[];
  /**
   * Numbers of requests that the events deal with. One that is not settled is handed to the next owner again, and wakes a
   * run that is given back.
   */
  readonly settled?: readonly number[];
}

/** What is counted with events. The clock may go back: what was counted before still counts. */
export interface Counts {
  /** What is counted in one space says nothing about another: that of the sandbox, or of another bridge. */
  readonly space: string;
  readonly settled: readonly BudgetSettlement[];
  readonly costs: readonly Cost[];
  /** The attempt whose intent is the last event. */
  readonly spend?: BudgetSpend;
}

export interface CountOrigin {
  /** Tells attempts of different runs apart. */
  readonly run: string;
  readonly workflow: string;
  /** False: its costs are added to those of all other such calls. */
  readonly isKept: boolean;
}

export interface RunRecord {
  readonly id: string;
  readonly workflow: string;
  readonly definition: string;
  /**
   * As stored, but `interrupted` where the journal says `running` or `waiting` and the owner is dead.
   */
  readonly status: RunStatus;
  readonly inputs: JsonObject;
  readonly commit?: string;
  readonly environment?: string;
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  /** When it was last worked on; present where it is `interrupted`. */
  readonly leftAt?: EpochMs;
  readonly epoch: number;
  readonly crashes: number;
  readonly owner?: Owner;
  /** The run whose step started it. */
  readonly parent?: string;
  /** The outermost run: itself where it is nobody's child. */
  readonly root: string;
  readonly priority: number;
  /** When a timer is due that it waits for without a process. */
  readonly wakeAt?: EpochMs;
  readonly runKey?: string;
}

export interface RunFilter {
  readonly workflow?: string;
  readonly statuses?: readonly RunStatus[];
  readonly startedAfter?: EpochMs;
  readonly environment?: string;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** A process, so that others on the same machine can tell whether it still lives. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Start time of the process as the kernel tells it: a reused pid has another one. */
  readonly processStart: string;
  readonly bootId: string;
  /** Distinguishes several runners in one process, as in tests. */
  readonly instance: string;
}
