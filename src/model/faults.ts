/**
 * What went wrong with a step, as data. The kinds are the ones that authors name in `retry.on` and `catch`;
 * `docs/errors.md` has the table. A `fail` step brings its own code as kind.
 */
export interface Fault {
  /** A kind of {@link faultKinds}, `http.<status>`, or the `code` of a `fail` step. */
  readonly kind: string;
  /** One sentence for a person, without a full stop's worth of jargon; never holds a secret. */
  readonly message: string;
  /**
   * `not_executed`: the effect surely did not happen. `failed`: the far side said no.
   * `unknown`: it may have happened, because the answer was lost.
   */
  readonly outcome: Outcome;
  /** True when the same call may well succeed later. */
  readonly transient: boolean;
  /** How long the far side asked to wait, in milliseconds (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** What to do about it, for a person. */
  readonly hint?: string;
  /** Key of the step inside that it came from, for the fault of a block. */
  readonly step?: string;
}

export type Outcome = 'not_executed' | 'failed' | 'unknown';

/** True for a call that was refused before its intent was recorded: of this attempt nothing was ever begun. */
export function wasNeverIntended({ kind }: Fault): boolean {
  return kind === 'budget_exceeded' || kind === 'cost_exceeded';
}

export const faultKinds = [
  'timeout',
  'connection',
  'auth_required',
  'rate_limited',
  'tool_error',
  'unknown_tool',
  'invalid_params',
  'invalid_reply',
  'too_large',
  'tool_drift',
  'expectation',
  'exit',
  'circuit_open',
  'egress_denied',
  'denied',
  'read_only',
  'budget_exceeded',
  'cost_exceeded',
  'rejected',
  'wait_timeout',
  'repeat_exhausted',
  'undefined_reference',
  'expression',
  'limit',
  'cancelled',
  'outcome_unknown',
  'failed',
] as const;

/**
 * True when an author's entry (`any`, `http.5xx`, `timeout`, …) covers a fault. `outcome_unknown` covers every
 * fault whose outcome is unknown, and `http.5xx` covers `http.503`.
 */
export function coversFault(entry: string, fault: Fault): boolean {
  if (entry === fault.kind) return true;
  if (entry === 'any') return fault.kind !== 'cancelled';
  if (entry === 'outcome_unknown') return fault.outcome === 'unknown';
  const family = /^http\.([1-5])xx$/.exec(entry);
  return family !== null && fault.kind.startsWith(`http.${family[1]}`) && fault.kind.length === 8;
}

/** True for an entry that `coversFault` knows without any `fail` code of the file. */
export function isFaultEntry(entry: string): boolean {
  return entry === 'any' || (faultKinds as readonly string[]).includes(entry) || /^http\.[1-5](?:\d\d|xx)$/.test(entry);
}
