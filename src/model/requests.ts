import type { Json, JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

/** What people and other processes ask of a run. */
export type RunRequest =
  /** Calls in flight may end by themselves for `graceMs`; absent: they are ended at once. */
  | { readonly kind: 'cancel'; readonly by: string; readonly graceMs?: number }
  | { readonly kind: 'pause'; readonly by: string }
  | {
      readonly kind: 'decide';
      /** Key of the approval. */
      readonly step: string;
      readonly approved: boolean;
      readonly by: string;
      /** Of the binding that was seen; a vote for another one does not count. */
      readonly binding: string;
      readonly form?: JsonObject;
      readonly comment?: string;
    };

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
