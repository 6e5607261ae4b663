import type { Action } from './actions.ts';
import type { ApprovalRequested, ApprovalVoted } from './approvals.ts';
import type { Budget } from './budgets.ts';
import type { EffectClass } from './effects.ts';
import type { Fault } from './faults.ts';
import type { Json, JsonObject } from './json.ts';
import type { FinalRunStatus } from './states.ts';
import type { EpochMs } from './time.ts';
import type { LogLevel } from './workflow.ts';

/**
 * What happened in a run, in order. The journal holds nothing else: the state of a run is the fold of its events,
 * for the engine, `show`, the live picture and the tests alike. `key` is a step's stable path;
 * an attempt's key is `path@poll#attempt`, where `@poll` stands only under `until`.
 */
export type RunEvent =
  | RunStarted
  | RunResumed
  | RunPaused
  | RunTimedOut
  | CancelRequested
  | PhaseStarted
  | StepStarted
  | LimitAwaited
  | AttemptIntended
  | AttemptEnded
  | AttemptVerified
  | PollEnded
  | TimerSet
  | TimerFired
  | LogWritten
  | BodyStarted
  | BodyEnded
  | SignalReceived
  | ApprovalRequested
  | ApprovalVoted
  | UndoPrepared
  | StepEnded
  | AttentionRaised
  | AttentionResolved
  | RunEnded;

export interface RunStarted {
  readonly type: 'run.started';
  readonly at: EpochMs;
  readonly workflow: string;
  readonly definition: string;
  readonly inputs: JsonObject;
  readonly options: RunOptions;
  /** What the handles of the run's secrets are made of: random, and no secret's value. Absent: it uses none. */
  readonly handleSeed?: string;
  /** Number of the last signal before it: only later ones are for it. Absent: 0. */
  readonly signalsAfter?: number;
  /** When the run's own `timeout` is over. */
  readonly deadline?: EpochMs;
  /** The run that it continues or repeats. */
  readonly origin?: RunOrigin;
  /** The step that started it as a child. */
  readonly parent?: { readonly run: string; readonly key: string };
}

/** Where a run comes from that was made out of another one. */
export interface RunOrigin {
  readonly run: string;
  /** `retry` and `fork` keep results of the other run; `rerun` keeps only its inputs. */
  readonly kind: 'retry' | 'fork' | 'rerun';
  /** Key of the step from which on it is done anew. */
  readonly from?: string;
  /** 1 for a first run, one more for each retry: `$run.attempt`. */
  readonly attempt: number;
  /**
   * Of a retry, by call key: the idempotency keys of calls that may have happened. Made once more as they were, they
   * carry the same key.
   */
  readonly doubtful?: Readonly<Record<string, DoubtfulCall>>;
}

export interface DoubtfulCall {
  readonly idempotencyKey: string;
  /** SHA-256 (hex) over the call in canonical JSON. */
  readonly action: string;
}

export interface RunOptions {
  /** Reads are performed, writes are recorded as skipped and shown. */
  readonly dryRun: boolean;
  /** False: results are neither looked up nor stored. */
  readonly cache: boolean;
  /** The tools are those of the sandbox. A resume calls the sandbox again, never the real ones, and the reverse. */
  readonly sandbox?: true;
  /** Whatever is not a read is refused before it happens. */
  readonly readOnly?: true;
  /** Which of the project's environments: its settings hold for the whole run. */
  readonly environment?: string;
}

/** Another process took the run over, or the same one began anew. */
export interface RunResumed {
  readonly type: 'run.resumed';
  readonly at: EpochMs;
  readonly epoch: number;
  /** Where it leaves the queue: when its own `timeout` is over. */
  readonly deadline?: EpochMs;
}

/** Somebody asked it to stop between two steps; `run.resumed` ends the pause. */
export interface RunPaused {
  readonly type: 'run.paused';
  readonly at: EpochMs;
  readonly by: string;
}

/** The run's own `timeout` is over: what is under way is ended, then its handlers run. */
export interface RunTimedOut {
  readonly type: 'run.timed_out';
  readonly at: EpochMs;
}

export interface CancelRequested {
  readonly type: 'cancel.requested';
  readonly at: EpochMs;
  /** Who asked, for people: a user name, `SIGINT`. */
  readonly by: string;
}

export interface PhaseStarted {
  readonly type: 'phase.started';
  readonly at: EpochMs;
  readonly phase: 'on_failure' | 'undo' | 'finally';
}

/** The step's `if` held and its fields are resolved. On a resume they are taken from here, not evaluated again. */
export interface StepStarted {
  readonly type: 'step.started';
  readonly at: EpochMs;
  readonly key: string;
  readonly kind: string;
  readonly action?: Action;
  /** When the step's total time is over. */
  readonly deadline?: EpochMs;
  /** Absent where the definition holds them all as numbers. */
  readonly settings?: ResolvedSettings;
  /** Of `for_each`: what it goes over. */
  readonly items?: readonly Json[];
  /** Of `workflow`: the run that it starts. */
  readonly child?: { readonly run: string; readonly workflow: string; readonly inputs: JsonObject };
}

/** The durations and counts of a step that were references in the file, as numbers. */
export interface ResolvedSettings {
  readonly attemptTimeoutMs: number;
  readonly retryMax: number;
  readonly retryDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly everyMs?: number;
  readonly cacheTtlMs?: number;
  readonly cacheStaleMs?: number;
  readonly cacheKey?: string;
  readonly idempotencyKey?: string;
  readonly budget?: Budget;
  readonly rateLimit?: ResolvedRateLimit;
  readonly concurrency?: ResolvedConcurrency;
}

export interface ResolvedRateLimit {
  readonly key: string;
  readonly max: number;
  readonly perMs: number;
}

export interface ResolvedConcurrency {
  readonly key: string;
  readonly max: number;
}

/** An attempt has to wait for a limit of the project before its intent is recorded: nothing has been called. */
export interface LimitAwaited {
  readonly type: 'limit.awaited';
  readonly at: EpochMs;
  /** Key of the attempt. */
  readonly key: string;
  readonly limit: LimitWait;
}

export type LimitWait =
  /** Its turn comes at `due`. */
  | { readonly kind: 'rate_limit'; readonly key: string; readonly due: EpochMs }
  /** None of the `max` slots is free, or who came before has it. */
  | { readonly kind: 'concurrency'; readonly key: string; readonly max: number };

/** Committed before the call is made: after a crash the call may or may not have happened. */
export interface AttemptIntended {
  readonly type: 'attempt.intended';
  readonly at: EpochMs;
  readonly key: string;
  readonly effect: EffectClass;
  readonly idempotencyKey: string;
}

export interface AttemptEnded {
  readonly type: 'attempt.ended';
  readonly at: EpochMs;
  readonly key: string;
  readonly durationMs: number;
  /** Absent: the attempt succeeded. The output stands in the `step.ended` that follows. */
  readonly fault?: Fault;
  /** What it has cost, in the unit of the project; with it what earlier sendings of it that were cut off may have. */
  readonly cost?: number;
}

/** A probe has looked whether an attempt in doubt has happened. */
export interface AttemptVerified {
  readonly type: 'attempt.verified';
  readonly at: EpochMs;
  /** Key of the attempt. */
  readonly key: string;
  /** `unknown`: the probe itself gave no answer. */
  readonly verdict: 'happened' | 'not_happened' | 'unknown';
  /** Key of the probe, which is a step of its own. */
  readonly probe: string;
  /** What the attempt has cost, where that was not known before. */
  readonly cost?: number;
}

/** One round of `until` is over. */
export interface PollEnded {
  readonly type: 'poll.ended';
  readonly at: EpochMs;
  /** `path@poll` */
  readonly key: string;
  readonly met: boolean;
}

export interface TimerSet {
  readonly type: 'timer.set';
  readonly at: EpochMs;
  readonly key: string;
  readonly due: EpochMs;
  /** Why the run waits: a `wait` step, the delay before an attempt, the pause between two polls or rounds. */
  readonly reason: 'wait' | 'retry' | 'every';
  /** The step's `timeout` ends the wait before it would be over. */
  readonly cutShort?: true;
}

export interface TimerFired {
  readonly type: 'timer.fired';
  readonly at: EpochMs;
  readonly key: string;
}

export interface LogWritten {
  readonly type: 'log.written';
  readonly at: EpochMs;
  readonly key: string;
  readonly level: LogLevel;
  readonly text: string;
}

/**
 * One body of a block has begun. Recorded where something was decided for it: a round of `repeat`, a case of `switch`, a
 * handler of `try` and its `finally`.
 */
export interface BodyStarted {
  readonly type: 'body.started';
  readonly at: EpochMs;
  /** `deploy[3]`, `checks.api`, `guarded.catch[0]`. */
  readonly key: string;
}

/** Everything inside is over: what was recorded with keys below this one is of no use to the run any more. */
export interface BodyEnded {
  readonly type: 'body.ended';
  readonly at: EpochMs;
  readonly key: string;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** A branch of `race` that takes no part, because its step was skipped. */
  readonly skipped?: true;
  readonly output?: Json;
  readonly error?: RunFault;
  /** A `return` inside ends the run; `output` is what it gives. */
  readonly returned?: true;
}

/** A waiting step has taken an event. */
export interface SignalReceived {
  readonly type: 'signal.received';
  readonly at: EpochMs;
  /** Key of the step. */
  readonly key: string;
  /** Number of the event in the project: a run takes each one once. */
  readonly signal: number;
  readonly name: string;
  readonly payload: Json;
}

/** An effect has succeeded, and how to compensate it is resolved and kept from now on. */
export interface UndoPrepared {
  readonly type: 'undo.prepared';
  readonly at: EpochMs;
  /** Key of the compensation: `<step>/undo`. */
  readonly key: string;
  readonly kind: string;
  readonly action?: Action;
  readonly settings?: ResolvedSettings;
  /** Of a `workflow` step. */
  readonly inputs?: JsonObject;
  /** Key of the compensation in the definition, where it is another one: inside loops. */
  readonly declared?: string;
  /** Why it could not be resolved: then it cannot be run. */
  readonly fault?: Fault;
}

export interface StepEnded {
  readonly type: 'step.ended';
  readonly at: EpochMs;
  readonly key: string;
  readonly kind: string;
  readonly status: 'succeeded' | 'failed' | 'skipped' | 'cancelled';
  readonly output?: Json;
  readonly fault?: Fault;
  /** Why it was skipped. */
  readonly skipped?: 'if' | 'dependency' | 'dry_run' | 'cancelled';
  /** Attempts of the call itself over all polls, those of its alternatives not counted. */
  readonly attempts: number;
  readonly durationMs: number;
  /** Age of the cached result in milliseconds, when it came from the cache. */
  readonly cachedAgeMs?: number;
  /** Key of the alternative that gave the result; `<step>/last_good` for a cached result that stood in. */
  readonly fallback?: string;
  /** True when the step failed and `continue_on_error` lets the run go on. */
  readonly tolerated?: true;
  /** Items or branches that failed and were tolerated. */
  readonly failures?: readonly BodyFailure[];
  /** A `return` inside ends the run; `output` is what it gives. */
  readonly returned?: true;
}

export interface BodyFailure {
  /** Of an item, from 0; or of a branch in written order. */
  readonly index: number;
  /** Name of the branch. */
  readonly branch?: string;
  readonly code: string;
  readonly message: string;
}

/** A call was interrupted, and only a person can say whether it happened. */
export interface AttentionRaised {
  readonly type: 'attention.raised';
  readonly at: EpochMs;
  /** Key of the attempt. */
  readonly key: string;
  readonly message: string;
}

export interface AttentionResolved {
  readonly type: 'attention.resolved';
  readonly at: EpochMs;
  readonly key: string;
  readonly as: 'done' | 'failed' | 'retry';
  /** The result that the person states, for `done`. */
  readonly output?: Json;
  readonly by: string;
}

export interface RunEnded {
  readonly type: 'run.ended';
  readonly at: EpochMs;
  readonly status: FinalRunStatus;
  readonly output?: Json;
  readonly error?: RunFault;
}

/** The first fault of the run, and where it happened. */
export interface RunFault extends Fault {
  /** Key of the innermost step; absent when the fault is the workflow's own (its `output`, say). */
  readonly step?: string;
  readonly attempts: number;
}

/** What a probe has found, after the name of the attempt. */
export function verdictText(verdict: AttemptVerified['verdict']): string {
  switch (verdict) {
    case 'happened':
      return 'has happened, says its probe';
    case 'not_happened':
      return 'did not happen, says its probe';
    case 'unknown':
      return 'may have happened: its probe gave no answer';
  }
}
