import type { Json, JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

/** What people and other processes ask of a run. */
export type RunRequest =
  /** Calls in flight may end by themselves for `graceMs`; absent: they are ended at once. */
  | { readonly kind: 'cancel'; readonly by: string; readonly graceMs?: number }
  | { readonly kind: 'pause'; readonly by: string }
  | Vote;

/** One person decides about an approval. */
export interface Vote {
  readonly kind: 'decide';
  /** Key of the approval. */
  readonly step: string;
  readonly approved: boolean;
  readonly by: string;
  /** Hash of the binding that was seen: a vote for another one does not count. */
  readonly binding: string;
  readonly form?: JsonObject;
  readonly comment?: string;
}

/** An event that somebody has sent: every run that waits for its name may take it, once. */
export interface Signal {
  /** Grows with time over the whole project. */
  readonly n: number;
  readonly name: string;
  readonly payload: Json;
  readonly at: EpochMs;
  readonly by: string;
  /** Only for this run; absent: for all. */
  readonly run?: string;
}

/** A request as its owner gets it. */
export interface TakenRequest {
  /** For `RunChange.settled`. */
  readonly n: number;
  readonly run: string;
  readonly request: RunRequest;
}

/** An event from outside the runs, kept for whoever waits for its name. */
export interface Signal {
  /** Grows with every signal of the project, and is never used again. */
  readonly n: number;
  readonly name: string;
  readonly payload: Json;
  readonly at: EpochMs;
  /** Who sent it, for people. */
  readonly by: string;
  /** The one run that it is for, with the runs below that one; absent: all. */
  readonly run?: string;
}

export interface NewSignal extends Omit<Signal, 'n' | 'at'> {
  /** How long runs that do not wait for it yet find it. Absent: a day. */
  readonly keepMs?: number;
}

/** How long a signal is kept where nothing else is said. */
export const signalKeptMs = 86_400_000;

/** What a run waits for that can go on without its process. */
export interface Parking {
  /** When a timer is due; absent: no timer. */
  readonly wakeAt?: EpochMs;
  /** Names of events. */
  readonly events: readonly string[];
  /** Number of the last signal that it has seen. */
  readonly seen: number;
}

/** Values that `state` steps keep. A change is stored in the transaction of the events that it belongs to. */
export type StateChange =
  | {
      readonly kind: 'put';
      readonly space: string;
      readonly name: string;
      readonly value: Json;
      readonly expiresAt?: EpochMs;
    }
  | { readonly kind: 'delete'; readonly space: string; readonly name: string };

/** Where a value is kept for real: the sandbox and each environment have their own. @param world empty for none */
export function keptSpace(world: string, space: string): string {
  return world === '' ? space : `${world}:${space}`;
}

/** A value that is kept. */
export interface StateEntry {
  readonly space: string;
  readonly name: string;
  readonly value: Json;
  readonly changedAt: EpochMs;
  readonly expiresAt?: EpochMs;
}
