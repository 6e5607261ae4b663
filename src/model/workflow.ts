import type { EffectClass } from './effects.ts';
import type { Json, JsonObject } from './json.ts';
import type { ExpressionValue, ObjectValue, PathValue, Value } from './values.ts';

/** The version of this compiled form. It travels with every run, so that a later runner can finish older runs. */
export const irVersion = 1;

/** A workflow that has passed every check: immutable, plain data, with all policies merged into its steps. */
export interface Workflow {
  readonly irVersion: typeof irVersion;
  readonly name: string;
  /** SHA-256 (hex) over the file's text and everything else that shaped this compiled form. */
  readonly hash: string;
  /** Path of the file as the user named it. */
  readonly file: string;
  readonly description?: string;
  readonly version?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Names of the secrets that it may use; absent: none. */
  readonly secrets?: readonly string[];
  readonly failFast: boolean;
  /** What one run may cost, in the unit of `cost`: checked before each call that has a cost. */
  readonly costLimit?: number;
  readonly steps: readonly Step[];
  readonly onFailure: readonly Step[];
  readonly finally: readonly Step[];
  /** Absent: the run's output is the last result of `steps`. */
  readonly output?: Value;
}

export interface InputSpec {
  /** JSON Schema of the value. */
  readonly schema: JsonObject;
  /** Present: the input may be left out. */
  readonly default?: Json;
  readonly description?: string;
  /** Its value is kept out of sight. */
  readonly sensitive?: true;
}

export type Step = CallStep | SetStep | LogStep | WaitStep | ReturnStep | FailStep;

/** Steps that reach outside: they have attempts, an effect class and policies. */
export type CallStep = ToolStep | HttpStep | RunStep;

interface StepBase {
  /**
   * Stable path: `restart`, `step_3` where the step has no id, `on_failure/step_1`, `finally/notify`,
   * `restart/fallback[0]`. Everything that is recorded about the step carries it.
   */
  readonly key: string;
  readonly id?: string;
  /** Line of the step in the file, from 1. */
  readonly line: number;
  readonly description?: string;
  readonly if?: ExpressionValue;
  readonly continueOnError: boolean;
  /** Its result is kept out of sight. */
  readonly sensitive?: true;
  /** Total time for the step, all attempts, polls and waits included. */
  readonly timeoutMs?: Setting;
  /** Keys of the steps whose results this step names, in any of its fields. */
  readonly references: readonly string[];
}

interface CallBase extends StepBase {
  readonly effect: EffectClass;
  readonly attemptTimeoutMs: Setting;
  readonly retry: RetryPolicy;
  readonly until?: { readonly condition: ExpressionValue; readonly everyMs: Setting };
  /** Tried in order once the call has failed for good; empty when there is none. */
  readonly fallback: readonly Alternative[];
  /** Absent: never looked up and never stored. */
  readonly cache?: CachePolicy;
  readonly circuitBreaker?: BreakerPolicy;
  readonly rateLimit?: RateLimitPolicy;
  readonly concurrency?: ConcurrencyPolicy;
  readonly budget?: BudgetPolicy;
  readonly cost?: CostPolicy;
  /** Decides whether the call has happened where its outcome is unknown, before anything is repeated. */
  readonly verify?: VerifyPolicy;
  /** Absent: the key is derived from run, step, poll and alternative. */
  readonly idempotencyKey?: Value;
  /** What to do after a crash in the middle of a call that is not safe to repeat. */
  readonly onInterrupt: 'retry' | 'fail' | 'ask';
}

export interface ToolStep extends CallBase {
  readonly kind: 'tool';
  readonly server: string;
  readonly tool: string;
  readonly version?: string;
  readonly params: Value;
}

export interface HttpStep extends CallBase {
  readonly kind: 'http';
  readonly method: string;
  readonly url: Value;
  /** True when scheme or host are computed: the host must then be listed in `egress.allow_hosts`. */
  readonly computedHost: boolean;
  readonly headers: ObjectValue;
  readonly query: ObjectValue;
  readonly body?: { readonly kind: 'json' | 'form' | 'text'; readonly value: Value };
  readonly auth?: HttpAuth;
  readonly expect: { readonly status?: readonly string[]; readonly schema?: JsonObject };
  readonly maxSizeBytes: number;
}

export type HttpAuth =
  | { readonly kind: 'bearer'; readonly token: Value }
  | { readonly kind: 'basic'; readonly username: Value; readonly password: Value };

export interface RunStep extends CallBase {
  readonly kind: 'run';
  /** Script text, byte for byte as written; never interpolated. */
  readonly script: string;
  readonly shell: 'sh' | 'bash';
  readonly args: readonly Value[];
  readonly env: ObjectValue;
  readonly cwd?: Value;
}

export interface SetStep extends StepBase {
  readonly kind: 'set';
  readonly values: Value;
}

export interface LogStep extends StepBase {
  readonly kind: 'log';
  readonly message: Value;
  readonly level: LogLevel;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A durable timer: for a duration, or until a time (ISO 8601). */
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  readonly wait: { readonly forMs: Setting } | { readonly until: Value };
}

export interface ReturnStep extends StepBase {
  readonly kind: 'return';
  readonly value: Value;
}

export interface FailStep extends StepBase {
  readonly kind: 'fail';
  readonly code: string;
  readonly message: Value;
}

/** A number known when the file is loaded, or a whole-string reference to a duration or count. */
export type Setting = number | PathValue;

export interface RetryPolicy {
  /** Number of repetitions: 3 means at most four attempts. */
  readonly max: Setting;
  readonly delayMs: Setting;
  readonly backoff: 'exponential' | 'linear' | 'constant';
  readonly factor: number;
  readonly maxDelayMs: Setting;
  readonly jitter: 'full' | 'none';
  /** True where nobody has said how to wait: the kind of the fault decides, and `delayMs` and `backoff` do not count. */
  readonly adaptive?: true;
  /** Fault entries that are retried; absent: what is transient. */
  readonly on?: readonly string[];
  /** True when `retry` stands on the step itself: only then an unknown outcome of a write may be repeated. */
  readonly own: boolean;
}

export interface CachePolicy {
  readonly ttlMs: Setting;
  /** How long after its expiry a result may stand in for a call that failed for good. */
  readonly staleIfErrorMs?: Setting;
  readonly key?: Value;
  readonly scope: 'run' | 'project';
}

export interface BreakerPolicy {
  /** Failures within `withinMs` that open the circuit, whatever succeeds between them; never beside `consecutive`. */
  readonly failures?: number;
  /** Failures in a row that open the circuit, any time apart; a call that shows the target healthy forgives them. */
  readonly consecutive?: number;
  /** Share of failures (above 0, at most 1) that opens the circuit, once `minimum` calls have ended within `withinMs`. */
  readonly rate?: { readonly share: number; readonly minimum: number };
  readonly withinMs: number;
  readonly openForMs: number;
  /** Calls with the same key share one circuit: their target, as of limits, unless the author says otherwise. */
  readonly key: string;
}

/** At most so many calls in any window of this length, over all processes of the project; more wait in order. */
export interface RateLimitPolicy extends LimitKey {
  readonly max: Setting;
  readonly perMs: Setting;
}

/** At most so many calls at once, over all processes of the project; more wait in order. */
export interface ConcurrencyPolicy extends LimitKey {
  readonly max: Setting;
}

/** At most so many calls that are not reads in a window, over all processes of the project; one more fails. */
export interface BudgetPolicy extends LimitKey {
  readonly max: Setting;
  readonly perMs: Setting;
}

/** What calls are counted by: those with the same key share a limit. */
interface LimitKey {
  /** `server/tool`, `http/<host>`, `run/<workflow>/<step>`: what counts where `key` is absent. */
  readonly target: string;
  readonly key?: Value;
}

/** What one call costs, in the unit of the project; an expression sees the call's `$params` and its `$result`. */
export type CostPolicy =
  { readonly kind: 'fixed'; readonly amount: number } | { readonly kind: 'computed'; readonly amount: Value };

export interface VerifyPolicy {
  /** A read, with its own policies, never cached. Its key is `<step>/verify`. */
  readonly probe: CallStep;
  /** Sees the probe's `$result`; absent: the result itself says it (null, false, 0, "" and empty ones say no). */
  readonly happened?: ExpressionValue;
}

export type Alternative =
  | { readonly kind: 'value'; readonly key: string; readonly value: Value }
  | {
      readonly kind: 'step';
      readonly step: Step;
      /** True where it may follow a call that may have happened: it does nothing out there. */
      readonly afterUnknown?: true;
    };

export function isCallStep(step: Step): step is CallStep {
  return step.kind === 'tool' || step.kind === 'http' || step.kind === 'run';
}

/** True for steps that leave a result behind: what `$last_result` can point at. */
export function bearsResult(step: Step): boolean {
  return isCallStep(step) || step.kind === 'set';
}
