import type { Action, StepResult } from '../../model/actions.ts';
import type { Budget, BudgetSettlement } from '../../model/budgets.ts';
import type { Cost } from '../../model/costs.ts';
import type { EffectClass } from '../../model/effects.ts';
import type { LimitWait, ResolvedConcurrency, ResolvedRateLimit, RunEvent, RunFault } from '../../model/events.ts';
import type { Execution } from '../../model/executions.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Signal, StateChange, Vote } from '../../model/requests.ts';
import type { RunStatus } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import type { BreakerPolicy } from '../../model/policies.ts';
import type { Workflow } from '../../model/workflow.ts';
import type { CacheAddress, CacheEntry, CacheHit } from '../ports.ts';

/** What the core asks the driver to do next. It is begun only after the decision's events are committed. */
export type Operation =
  | AdmissionOperation
  | AttemptOperation
  | TimerOperation
  | SignalOperation
  | ApprovalOperation
  | ChildOperation
  | StateOperation
  | CacheOperation
  | RefusalOperation
  | AttentionOperation;

/**
 * Asks whether an attempt may begin, before its intent is recorded. What is granted is held until the attempt has
 * ended, or until the next decision where there is no attempt.
 */
export interface AdmissionOperation {
  readonly kind: 'admission';
  /** Key of the attempt. */
  readonly key: string;
  readonly request: AdmissionRequest;
  /** `ask`: the answer comes at once. `wait`: for what the answer before said. */
  readonly phase: 'ask' | 'wait';
}

export interface AdmissionRequest {
  readonly breaker?: BreakerPolicy;
  readonly rateLimit?: ResolvedRateLimit;
  readonly concurrency?: ResolvedConcurrency;
  /** Of the attempt: it holds what it was given no longer. */
  readonly timeoutMs: number;
  /** When the step's total time is over. */
  readonly deadline?: EpochMs;
}

export type AdmissionAnswer =
  | { readonly kind: 'granted' | 'aborted' }
  | { readonly kind: 'wait'; readonly limit: LimitWait }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** One attempt of a call. */
export interface AttemptOperation {
  readonly kind: 'attempt';
  readonly key: string;
  readonly step: string;
  /** From 1. */
  readonly number: number;
  readonly action: Action;
  readonly effect: EffectClass;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  /** When the step's total time is over: the attempt ends then at the latest. */
  readonly deadline?: EpochMs;
  /** Counted in the transaction of the intent, which is not stored where the budget has nothing left. */
  readonly budget?: Budget;
}

/** Whether the call may be made at all: no effect, so nothing is journalled before it. */
export interface RefusalOperation {
  readonly kind: 'refusal';
  readonly key: string;
  readonly action: Action;
}

export interface TimerOperation {
  readonly kind: 'timer';
  readonly key: string;
  readonly due: EpochMs;
}

/** Waits for the next event of a name. */
export interface SignalOperation {
  readonly kind: 'signal';
  readonly key: string;
  readonly name: string;
  /** Number of the last one that was looked at. */
  readonly after: number;
  readonly due?: EpochMs;
}

/** Waits for the next vote. */
export interface ApprovalOperation {
  readonly kind: 'approval';
  readonly key: string;
  readonly due?: EpochMs;
}

/** Another workflow as a run of its own: begun where there is no such run yet, else continued; and its end. */
export interface ChildOperation {
  readonly kind: 'child';
  readonly key: string;
  readonly run: string;
  readonly workflow: Workflow;
  readonly inputs: JsonObject;
}

/** Reads a value that is kept over runs. */
export interface StateOperation {
  readonly kind: 'state';
  readonly key: string;
  readonly space: string;
  readonly name: string;
}

/** A look-up: no effect, so nothing is journalled before it. */
export interface CacheOperation {
  readonly kind: 'cache';
  readonly key: string;
  readonly address: CacheAddress;
  readonly want: FreshResult | LastGoodResult;
}

/** A result that has not expired; it saves the call. */
export interface FreshResult {
  readonly kind: 'fresh';
  /** How long an equal call that is under way is waited for. */
  readonly patienceMs: number;
}

/** A result that may have expired, up to `staleMs` ago; the call has failed. */
export interface LastGoodResult {
  readonly kind: 'last_good';
  readonly staleMs: number;
}

/** Nothing can be done until a person has said whether the attempt with this key happened. */
export interface AttentionOperation {
  readonly kind: 'attention';
  readonly key: string;
}

/** How an operation ended. */
export type Completion =
  | { readonly kind: 'admission'; readonly answer: AdmissionAnswer }
  | { readonly kind: 'attempt'; readonly result: StepResult; readonly durationMs: number }
  | { readonly kind: 'timer'; readonly outcome: 'fired' | 'aborted' }
  | { readonly kind: 'signal'; readonly outcome: 'received'; readonly signal: Signal }
  | { readonly kind: 'signal'; readonly outcome: 'fired' }
  | { readonly kind: 'signal'; readonly outcome: 'aborted' }
  | { readonly kind: 'approval'; readonly outcome: 'voted'; readonly vote: Vote; readonly request?: number }
  | { readonly kind: 'approval'; readonly outcome: 'fired' }
  | { readonly kind: 'approval'; readonly outcome: 'aborted' }
  | { readonly kind: 'child'; readonly end: RunEnd }
  /** Undefined: none is kept. */
  | { readonly kind: 'state'; readonly value: Json | undefined }
  | { readonly kind: 'refusal'; readonly fault: Fault | undefined }
  | { readonly kind: 'cache'; readonly hit: CacheHit | undefined }
  | { readonly kind: 'attention'; readonly outcome: 'aborted' };

/** The outside world at the moment in which the core decides: it has no clock and no dice of its own. */
export interface Moment {
  readonly now: EpochMs;
  /** 0 (included) to 1 (excluded). */
  readonly random: number;
}

/** What one program of the run has decided: commit the events, then begin the operation. */
export interface Decision {
  readonly events: readonly RunEvent[];
  /** Absent where the run has ended, or a program of it has, or waits for others. */
  readonly operation: Operation | undefined;
  readonly end: RunEnd | undefined;
  /** For the execution log; written once the events are committed. */
  readonly executions: readonly Execution[];
  readonly cacheChanges: readonly CacheChange[];
  /** What is counted over all runs; kept with the events. */
  readonly settled: readonly BudgetSettlement[];
  readonly costs: readonly Cost[];
  /** Kept with the events. */
  readonly stateChanges: readonly StateChange[];
  /** Numbers of the requests that it deals with. */
  readonly settledRequests: readonly number[];
  /** Keys of operations under way that are to be ended; their completions are delivered all the same. */
  readonly aborts: readonly string[];
  /** What the run is doing after this. */
  readonly phase: Phase;
}

export type Phase = 'steps' | 'on_failure' | 'undo' | 'finally';

export type CacheChange =
  | { readonly kind: 'put'; readonly entry: CacheEntry }
  /** The call that was made for want of a result has none to give; whoever waits for it may go on. */
  | { readonly kind: 'forgo'; readonly key: string }
  | { readonly kind: 'drop'; readonly server: string; readonly at: EpochMs };

export interface RunEnd {
  readonly status: RunStatus;
  readonly output?: Json;
  readonly error?: RunFault;
}
