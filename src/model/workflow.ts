import type { EffectClass } from './effects.ts';
import type { Json, JsonObject } from './json.ts';
import type {
  BreakerPolicy,
  BudgetPolicy,
  CachePolicy,
  ConcurrencyPolicy,
  CostPolicy,
  RateLimitPolicy,
  RetryPolicy,
  RunsPolicy,
  Setting,
} from './policies.ts';
import type { ExpressionValue, ObjectValue, Value } from './values.ts';

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
  /** `dependencies`: a step starts once all that it names or needs have ended. Absent: `written`. */
  readonly order?: 'written' | 'dependencies';
  /** Total time of a run. Then its steps are ended, `on_failure` and `finally` run, and it is `timed_out`. */
  readonly timeoutMs?: Setting;
  /** How many runs of it may be open at once. */
  readonly runs?: RunsPolicy;
  /** All workflows that a run can reach by `workflow` steps, by name: they travel with the run. */
  readonly children?: Readonly<Record<string, Workflow>>;
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

export type Step =
  | CallStep
  | SetStep
  | LogStep
  | WaitStep
  | ReturnStep
  | FailStep
  | ApprovalStep
  | StateStep
  | WorkflowStep
  | BlockStep
  | UndoStep;

/** Steps that reach outside: they have attempts, an effect class and policies. */
export type CallStep = ToolStep | HttpStep | RunStep;

/** What all steps have. */
export interface StepBase {
  /**
   * Stable path: `restart`, `step_3` where the step has no id, `on_failure/step_1`, `finally/notify`,
   * `restart/fallback[0]`. Everything that is recorded about the step carries it.
   */
  readonly key: string;
  /**
   * Its key in the definition, where it runs inside a loop: `deploy[].release` for `deploy[3].release`. Results and
   * references are known by it. Absent: `key`.
   */
  readonly declared?: string;
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
  /** Keys of the steps that `needs` names. */
  readonly needs?: readonly string[];
  /**
   * Compensates the step's effect, once it has succeeded: a call or a `workflow` step, resolved and recorded at that
   * moment. Its key is `<step>/undo`.
   */
  readonly undo?: CallStep | WorkflowStep;
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

/** A durable timer: for a duration, or until a time (ISO 8601); or an event that somebody sends. */
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  readonly wait: { readonly forMs: Setting } | { readonly until: Value } | EventWait;
}

/** The step's result is the event's payload. */
export interface EventWait {
  readonly event: string;
  /** Sees `$event` (slot `event:<declared key>`): the payload. Absent: any event of the name. */
  readonly match?: ExpressionValue;
  /** Ends the wait with the fault `wait_timeout`. */
  readonly timeoutMs?: Setting;
}

/** A person decides: `{ approved, by, at, form }`. `timeoutMs` ends the wait as `onTimeout` says. */
export interface ApprovalStep extends StepBase {
  readonly kind: 'approval';
  readonly question: Value;
  /** Data to decide by. */
  readonly show?: Value;
  /** What the approver fills in. */
  readonly form?: Readonly<Record<string, InputSpec>>;
  /** Names of those who may decide; absent: anybody who may reach the project. */
  readonly by?: readonly Value[];
  /** Different people who must approve, from 1; one rejection rejects. */
  readonly quorum: number;
  readonly onTimeout: 'reject' | 'approve' | 'fail';
  /** Keys of the effects that come next, up to the next approval: what is approved. */
  readonly binds?: readonly string[];
}

/** Keeps a value over runs. `get` gives the value, or `default` (null where it has none); `put` gives what it kept. */
export interface StateStep extends StepBase {
  readonly kind: 'state';
  readonly operation: 'get' | 'put' | 'delete';
  readonly name: Value;
  /** Of `put`. */
  readonly value?: Value;
  /** Of `get`. */
  readonly default?: Value;
  /** JSON Schema that the value must fit when it is put and when it is got. */
  readonly schema?: JsonObject;
  /** Of `put`: how long it is kept; absent: until it is deleted. */
  readonly expiresMs?: Setting;
  /** Whether other workflows of the project see it too. */
  readonly scope: 'workflow' | 'project';
}

/** Another workflow as a run of its own; the step's result is its output. */
export interface WorkflowStep extends StepBase {
  readonly kind: 'workflow';
  /** A key of {@link Workflow.children} of the outermost workflow. */
  readonly workflow: string;
  /** Its inputs, as a mapping. */
  readonly inputs: Value;
}

/** Steps with lists of steps inside. */
export type BlockStep = ParallelStep | RaceStep | ForEachStep | RepeatStep | SwitchStep | TryStep;

/** A list of steps and the value that it gives. */
export interface Body {
  readonly steps: readonly Step[];
  /** Evaluated in the body's scope; absent: its last result, null where it has none. */
  readonly output?: Value;
}

/** Branches at once; the result maps their names to their values. Steps of branch `a` have keys `<step>.a.<id>`. */
export interface ParallelStep extends StepBase {
  readonly kind: 'parallel';
  readonly branches: readonly Branch[];
}

/** A branch that is one step has that step with the key `<step>.<name>`. */
export interface Branch {
  readonly name: string;
  readonly body: Body;
}

/** The first success wins, the others are cancelled: `{ winner, result }`. Each body holds one step. */
export interface RaceStep extends StepBase {
  readonly kind: 'race';
  readonly branches: readonly Branch[];
}

/**
 * One body per item, whose steps have keys `<step>[].<id>`. Their slots: `item:<declared key of the loop>` for the
 * variable of `as`, `index:<declared key>` for `$index`.
 */
export interface ForEachStep extends StepBase {
  readonly kind: 'for_each';
  /** A list; anything else counts as a list of one. An expression that finds nothing is an empty list already. */
  readonly items: Value;
  /** Name of the item for people. */
  readonly as: string;
  readonly maxParallel: Setting;
  /** So many items may fail, as a count or a share of all (0 to 1). */
  readonly tolerate?: { readonly count: number } | { readonly share: number };
  readonly body: Body;
}

/**
 * Rounds of a body, whose steps have keys `<step>[].<id>`. Slots: `previous:<declared key>` for `$previous`,
 * `index:<declared key>` for `$index`. Exactly one of `while` (asked before a round) and `until` (after it).
 */
export interface RepeatStep extends StepBase {
  readonly kind: 'repeat';
  readonly while?: ExpressionValue;
  readonly until?: ExpressionValue;
  /** Pause between two rounds. */
  readonly everyMs?: Setting;
  /** Rounds at most, from 1. */
  readonly max: Setting;
  readonly body: Body;
}

/** The first case whose `when` holds; one without `when` always does. Steps have keys `<step>[<case>].<id>`. */
export interface SwitchStep extends StepBase {
  readonly kind: 'switch';
  readonly cases: readonly { readonly when?: ExpressionValue; readonly body: Body }[];
}

/**
 * Steps have keys `<step>.try.<id>`, `<step>.catch[<handler>].<id>` and `<step>.finally.<id>`: bodies of their own, none of
 * which sees into another.
 */
export interface TryStep extends StepBase {
  readonly kind: 'try';
  readonly body: Body;
  readonly catch: readonly Handler[];
  readonly finally: readonly Step[];
}

export interface Handler {
  /** Fault entries; absent: all faults but `cancelled`. */
  readonly errors?: readonly string[];
  /** Sees `$last_error` (slot `error:<declared key of the try step>`). */
  readonly body: Body;
}

/** The word `undo` in `on_failure`: runs the compensations of all that succeeded, the last first. */
export interface UndoStep extends StepBase {
  readonly kind: 'undo';
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
  switch (step.kind) {
    case 'log':
    case 'return':
    case 'fail':
    case 'undo':
      return false;
    case 'wait':
      return 'event' in step.wait;
    case 'tool':
    case 'http':
    case 'run':
    case 'set':
    case 'approval':
    case 'state':
    case 'workflow':
    case 'parallel':
    case 'race':
    case 'for_each':
    case 'repeat':
    case 'switch':
    case 'try':
      return true;
  }
}

/** The key by which results and references know a step. */
export function declaredKey(step: Pick<Step, 'key' | 'declared'>): string {
  return step.declared ?? step.key;
}
