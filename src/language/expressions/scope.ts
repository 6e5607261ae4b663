import type { Json, JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Slot, Value } from '../../model/values.ts';

/** The names that a text of a workflow file may use, as the loader knows them at that place. */
export interface NameScope {
  /** Undefined for a name that is not in scope. */
  lookup(name: string): ScopedName | undefined;
  /** All names in scope, for did-you-mean. */
  names(): readonly string[];
  /**
   * Why a name that is not in scope deserves its own message (a positional name of a step that has an id,
   * a step that comes later, an id inside another block); undefined for a plain unknown name.
   */
  explain(name: string): { readonly message: string; readonly hint?: string } | undefined;
}

export interface ScopedName {
  readonly slot: Slot;
  /** True when the value can never have fields: an input of a scalar type, say. A path after it is refused. */
  readonly scalar: boolean;
  /** What the value looks like, where it is the result of a tool that says so. */
  readonly result?: KnownResult;
}

/** What a tool says of its results. */
export interface KnownResult {
  /** `server/tool` or `server/tool@version`. */
  readonly tool: string;
  readonly schema: JsonObject;
  /** `lock`: somebody reviewed it. `catalogue`: it was so when the servers were asked last. */
  readonly from: 'lock' | 'catalogue';
}

/** What a text turned out to be. `value` is absent when a problem is an error. */
export interface Classified {
  readonly value?: Value;
  readonly problems: readonly TextProblem[];
}

/** A finding about a text; the loader gives it its place in the file. */
export interface TextProblem {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** In characters of the decoded text, from 0. */
  readonly offset: number;
  readonly length: number;
}

/** What an evaluation can see. */
export interface EvaluationScope {
  /** The value in a slot; undefined where there is none (a skipped step's result, say). */
  read(slot: Slot): Json | undefined;
  /** What `$now()` and `$millis()` tell. */
  readonly now: EpochMs;
  /** What `$random()`, `$shuffle()` and `$uuid()` draw from: 0 (included) to 1 (excluded). */
  random(): number;
}

/** Why a value could not be evaluated. */
export class EvaluationError extends Error {
  readonly kind: 'undefined_reference' | 'expression' | 'limit' | 'rejected';
  readonly hint: string | undefined;

  constructor(kind: EvaluationError['kind'], message: string, hint?: string) {
    super(message);
    this.name = 'EvaluationError';
    this.kind = kind;
    this.hint = hint;
  }
}
