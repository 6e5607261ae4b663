/** One line of the log. */
export interface Effect {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `effect`: it happened. `repeat`: a known key, so it did not happen again. `read`: nothing was to happen. */
  readonly type: 'effect' | 'repeat' | 'read';
  readonly tool: 'get_value' | 'keyed_write' | 'plain_write' | 'slow_write';
  /** The `Idempotency-Key` that came with the call. */
  readonly key: string | null;
  /** `params.run` and `params.step`, when the caller gives them. */
  readonly run: string | null;
  readonly step: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  /** Counts from 1; null for what is no effect. */
  readonly effect: number | null;
}

export interface EffectServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts an auditor's bridge; resolves once it listens. */
export function startEffectServer(options: {
  /** The append-only file. One that exists is continued: its keys are known. */
  readonly log: string;
  readonly port?: number;
  readonly host?: string;
  /** Time before the effect, or least and most. */
  readonly latencyMs?: number | readonly [least: number, most: number];
  /** Share of writes, 0 to 1, whose answer is lost after the effect. */
  readonly lose?: number;
  readonly seed?: number;
}): Promise<EffectServer>;

/** The lines of a log, oldest first. */
export function readEffects(log: string): Effect[];
