import type { Json, JsonObject } from '../../model/json.ts';
import type { RunStatus, StepStatus } from '../../model/states.ts';
import type { CircuitControl } from './circuit-types.ts';

/** A project in use by a program. Its methods may be called at once and in any order until {@link Runner.close}. */
export interface Runner extends CircuitControl {
  /**
   * Runs a workflow of the project to its end.
   * @param workflow its name, or the path of its file (relative to `cwd`)
   * @param inputs checked against the workflow's declarations
   * @returns also where the run failed: `success` tells
   * @throws RunnerError WORKFLOW_*, INPUT_*, CONFIG_INVALID, BRIDGE_MISSING: nothing was started; STORAGE_*
   */
  run<Output = Json>(workflow: string, inputs?: JsonObject, options?: RunOptions): Promise<RunResult<Output>>;

  /**
   * Runs tools one after another, as a workflow that is made on the fly: checked before the first call, journalled,
   * logged, and resumable with `runner resume`. Texts in `params` may name earlier results (`$step_1.id`,
   * `$last_result.id`, `$<id>.path`) and inputs (`$name`); `$$` stands for `$`. JSONata is refused.
   * @param name lower-case letters, digits and `_`
   * @throws as {@link Runner.run}
   */
  chain<Output = Json>(name: string, steps: readonly ChainStep[], options?: ChainOptions): Promise<RunResult<Output>>;

  /**
   * Calls one tool, with the retries, circuit breaker, cache and log of a step. It leaves no run behind.
   * @param tool `server/tool`, or `server/tool@version` for a version that `runner.yaml` maps
   * @param params sent as they are: nothing in them is a reference
   * @throws RunnerError TOOL_NAME_INVALID, CONFIG_INVALID, BRIDGE_MISSING, USAGE, STORAGE_*
   */
  call<Result = Json>(tool: string, params?: JsonObject, options?: CallOptions): Promise<CallResult<Result>>;

  /**
   * Reads the tools of all servers anew and keeps them as the project's catalogue. Servers that are down are listed,
   * and their tools as they were known before.
   * @throws RunnerError BRIDGE_*, SERVER_UNREACHABLE when none answers
   */
  discover(filter?: ToolFilter): Promise<Discovery>;

  /** Calls of all runs and processes of the project, newest first; the last 10,000 are kept. */
  history(filter?: HistoryFilter): Promise<readonly HistoryEntry[]>;

  /** Figures per tool, version and environment over all calls, most used first. */
  metrics(filter?: CallFilter): Promise<readonly ToolMetrics[]>;

  /** The same figures for the project as a whole. */
  performance(): Promise<Performance>;

  /** @returns how many results were forgotten */
  clearCache(filter?: TargetFilter): Promise<number>;

  /**
   * Switches the cache on or off for this project, as `runner cache on` and `off` do: also in other processes and in
   * those to come. What `MCP_CACHE_ENABLED=false` has turned off stays off.
   * @returns whether the cache is on now
   */
  setCacheEnabled(enabled: boolean): Promise<boolean>;

  /**
   * Has a function answer for a tool whose call has failed for good, after the fallbacks that its step has itself: in
   * runs, chains and calls that begin from now on. The answer is the step's result, and `fallbackUsed` is true.
   * It belongs to this process: a run that another one resumes goes on without it. A later one for the same tool
   * replaces it.
   */
  registerFallback(server: string, tool: string, handler: FallbackHandler, options?: FallbackOptions): void;

  /**
   * Lets the calls in flight end, leaves runs that are under way interrupted (`runner resume` continues them), and
   * closes connections, child processes and files. Every method is refused from then on.
   */
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** Where the project is looked for, upwards, as the command line does; the current folder unless given. */
  readonly cwd?: string;
  /** The variables that configure Runner (`MCP_BRIDGE_URL`, `RUNNER_HOME`, …); those of the process unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** True: the sandbox plays all tools, and no real service is touched. */
  readonly sandbox?: boolean;
  /** Which of the `environments` of `runner.yaml`; that of `RUNNER_ENV` unless given. */
  readonly environment?: string;
}

/** What an `AbortSignal` is to Runner. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface RunOptions {
  /** True: reads are performed; writes are not, and their steps are skipped. */
  readonly dryRun?: boolean;
  /** False: results are neither looked up nor kept. */
  readonly cache?: boolean;
  /** Cancels the run: calls in flight are ended, its `finally` runs, its status is `cancelled`. */
  readonly signal?: CancelSignal;
  readonly onProgress?: ProgressHandler;
}

/**
 * Is told how far the call of a step has come, where its server says so, with secrets removed. What it throws is
 * ignored, and it must not take long: the call waits for it.
 */
export type ProgressHandler = (progress: StepProgress) => void;

export interface StepProgress {
  /** Key of the step. */
  readonly step: string;
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** How a run ended. */
export type RunResult<Output = Json> = RunReport &
  (
    | { readonly success: true; readonly status: 'succeeded'; readonly output: Output; readonly error: null }
    | {
        readonly success: false;
        readonly status: Exclude<RunStatus, 'succeeded'>;
        readonly output: null;
        /** Null where nothing failed, as when the run was cancelled or left interrupted. */
        readonly error: RunFailure | null;
      }
  );

export interface RunReport {
  readonly runId: string;
  readonly workflow: string;
  readonly durationMs: number;
  /** Steps of the main list, and those of them that succeeded. */
  readonly totalSteps: number;
  readonly completedSteps: number;
  readonly sandbox: boolean;
  /** Which of the project's environments; null where none was chosen. */
  readonly environment: string | null;
  readonly dryRun: boolean;
  /** In the order of the file, then those of handlers that began. */
  readonly steps: readonly StepReport[];
}

export interface StepReport {
  readonly id: string | null;
  /** `step_3` where it has no id. */
  readonly key: string;
  readonly kind: string;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly retryCount: number;
  readonly durationMs: number | null;
  /** How long its attempts have waited for rate limits and slots. */
  readonly waitedMs: number;
  readonly cached: boolean;
  readonly fallbackUsed: boolean;
  readonly output: Json;
  readonly error: Failure | null;
}

/** What went wrong with a step or call. */
export interface Failure {
  /** Such as `timeout` or `http.503`; `docs/errors.md` lists them. */
  readonly code: string;
  readonly message: string;
  /** Whether it took effect: surely not, refused by the far side, or nobody knows. */
  readonly outcome: 'not_executed' | 'failed' | 'unknown';
  readonly hint: string | null;
}

export interface RunFailure extends Failure {
  /** Key of the step; null where the fault is the workflow's own. */
  readonly step: string | null;
}

/** One step of a chain: `[server, tool, params]`, or its long form. */
export type ChainStep =
  | readonly [server: string, tool: string]
  | readonly [server: string, tool: string, params: JsonObject]
  | ChainStepObject;

/** The keys mean what they mean in a workflow file. */
export interface ChainStepObject {
  /** `server/tool` */
  readonly tool: string;
  readonly params?: JsonObject;
  /** Later steps name its result as `$<id>`. */
  readonly id?: string;
  /** Says what the call does to the world, where the tool's name misleads. */
  readonly effect?: 'read' | 'idempotent' | 'write';
  /** Number of repetitions, or `none`. */
  readonly retry?: number | 'none';
  /** For all attempts together, such as `2m`. */
  readonly timeout?: string;
  /** How long the result is kept, such as `10m`, or `none`. Only for reads. */
  readonly cache?: string;
  readonly continueOnError?: boolean;
}

export interface ChainOptions extends Omit<RunOptions, 'dryRun'> {
  /** False: later steps that do not need the failed one still run. The run has failed all the same. */
  readonly failFast?: boolean;
  /** Named as `$name` in `params`. Never read as references: the place for what comes from users. */
  readonly inputs?: JsonObject;
}

export interface CallOptions {
  /** False: the result is neither looked up nor kept. Only reads ever are. */
  readonly cache?: boolean;
  /** How long a result is kept: seconds, or a duration such as `10m`. */
  readonly cacheTtl?: number | string;
  /** Cancels the call. */
  readonly signal?: CancelSignal;
  readonly onProgress?: ProgressHandler;
}

/** How a call ended. */
export type CallResult<Result = Json> = CallReport &
  (
    | { readonly success: true; readonly result: Result; readonly error: null }
    | { readonly success: false; readonly result: null; readonly error: Failure }
  );

export interface CallReport {
  /** Of the call, or of the fallback that answered, in {@link Runner.history}. */
  readonly executionId: string;
  readonly durationMs: number;
  readonly cached: boolean;
  readonly retryCount: number;
  readonly fallbackUsed: boolean;
  readonly sandbox: boolean;
  readonly environment: string | null;
}

export interface TargetFilter {
  readonly server?: string;
  readonly tool?: string;
}

export interface CallFilter extends TargetFilter {
  /** Only calls of this version of a tool. */
  readonly version?: string;
  /** Only calls of runs in this environment. */
  readonly environment?: string;
}

export interface ToolFilter {
  readonly server?: string;
  /** Words that name or description must hold, in any order and case. */
  readonly search?: string;
}

export interface Discovery {
  readonly tools: readonly ToolInfo[];
  /** Servers that could not be read, and why. */
  readonly down: readonly { readonly server: string; readonly message: string }[];
}

export interface ToolInfo {
  readonly server: string;
  readonly name: string;
  readonly description: string;
  /** JSON Schema; null where the server gives none. */
  readonly parameters: Json;
  /** How often it was called in this project. */
  readonly calls: number;
  /** True where its server could not be read now. */
  readonly stale: boolean;
}

export interface HistoryFilter extends CallFilter {
  /** 100 unless given; at most 10,000. */
  readonly limit?: number;
  readonly runId?: string;
  readonly success?: boolean;
}

/** One call with all its attempts, as the execution log has it. Secrets have been removed. */
export interface HistoryEntry {
  readonly executionId: string;
  readonly runId: string | null;
  readonly step: string | null;
  readonly kind: 'tool' | 'http' | 'run';
  readonly server: string;
  readonly tool: string;
  readonly version: string | null;
  readonly environment: string | null;
  readonly params: Json;
  readonly success: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly durationMs: number;
  readonly waitedMs: number;
  readonly cached: boolean;
  readonly retryCount: number;
  /** True where this call stood in for one that had failed. */
  readonly fallbackUsed: boolean;
  readonly endedAt: Date;
}

/** Rates are shares from 0 to 1. */
export interface ToolMetrics {
  readonly server: string;
  readonly tool: string;
  readonly version: string | null;
  readonly environment: string | null;
  readonly totalCalls: number;
  readonly successfulCalls: number;
  readonly failedCalls: number;
  readonly successRate: number;
  /** Of the calls that were really made, in milliseconds; null before the first. */
  readonly durationMs: Durations | null;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheHitRate: number;
  readonly retries: number;
  readonly fallbacks: number;
  /** What its attempts have cost, in the unit of the project; null where none had a cost. */
  readonly cost: number | null;
  /** Calls that waited for rate limits or slots, and how long all of them together. */
  readonly throttledCalls: number;
  readonly waitedMs: number;
  readonly lastExecutionAt: Date;
}

export interface Durations {
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Performance {
  readonly totalToolsUsed: number;
  readonly totalExecutions: number;
  readonly successRate: number;
  readonly retries: number;
  readonly fallbacks: number;
  readonly cacheEnabled: boolean;
  readonly cacheEntries: number;
  readonly cacheHitRate: number;
  /** Runs of workflows and chains on record; 10,000 at most are counted. */
  readonly runs: number;
  readonly tools: readonly ToolMetrics[];
}

/**
 * Answers for a tool whose call has failed for good. What it returns must be data that JSON can carry; nothing means
 * null. Where it throws, the tool's own fault stands.
 */
export type FallbackHandler = (
  params: JsonObject,
  call: FallbackCall,
) => Json | undefined | void | Promise<Json | undefined | void>;

export interface FallbackCall {
  readonly server: string;
  readonly tool: string;
  /** For services that know such keys: the same where the same fallback is tried again. */
  readonly idempotencyKey: string;
  readonly signal: CancelSignal;
}

export interface FallbackOptions {
  /**
   * What the handler does to the world; `write` unless given. One that writes is not asked where the tool's own effect
   * may have happened, as after a time-out of a write; one that says `read`, since it changes nothing that the tool
   * would, always is. In a dry run only `read` is asked.
   */
  readonly effect?: 'read' | 'idempotent' | 'write';
}
