import type { Json, JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

export interface ApprovalRequested {
  readonly type: 'approval.requested';
  readonly at: EpochMs;
  readonly key: string;
  readonly question: string;
  readonly show?: Json;
  /** JSON Schema of what the approver fills in. */
  readonly form?: JsonObject;
  readonly by?: readonly string[];
  readonly quorum: number;
  readonly due?: EpochMs;
  readonly onTimeout: 'reject' | 'approve' | 'fail';
  /** What is approved. A vote names the hash that it was given for. */
  readonly binding: ApprovalBinding;
}

export interface ApprovalBinding {
  /** SHA-256 (hex) over the effects below. */
  readonly hash: string;
  readonly effects: readonly BoundEffect[];
}

/** An effect that comes after an approval. */
export interface BoundEffect {
  /** Key of the step. */
  readonly step: string;
  readonly target: string;
  /** The call as it will be made; absent where it is not known yet, so that its definition is what is bound. */
  readonly params?: Json;
}

/** One person has decided. */
export interface ApprovalVoted {
  readonly type: 'approval.voted';
  readonly at: EpochMs;
  readonly key: string;
  readonly approved: boolean;
  readonly by: string;
  readonly form?: JsonObject;
  readonly comment?: string;
}
