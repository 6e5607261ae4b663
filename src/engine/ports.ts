import type { Action, StepResult } from '../model/actions.ts';
import type { BudgetState } from '../model/budgets.ts';
import type { Circuit } from '../model/circuits.ts';
import type { CostEntry } from '../model/costs.ts';
import type { RunEvent } from '../model/events.ts';
import type { CatalogueEntry, Execution, LogLine, ToolDescription, ToolMetrics } from '../model/executions.ts';
import type { Fault } from '../model/faults.ts';
import type { Json } from '../model/json.ts';
import type { NewSignal, RunRequest, Signal, StateChange, StateEntry, TakenRequest } from '../model/requests.ts';
import type {
  ClaimedRun,
  CountOrigin,
  Counts,
  Creation,
  NewRun,
  Owner,
  RunChange,
  RunFilter,
  RunRecord,
} from '../model/run-records.ts';
import type { EpochMs } from '../model/time.ts';
import type { Workflow } from '../model/workflow.ts';

/**
 * The durable record of runs. Everything that a method acknowledges survives kill -9 and power loss.
 * Every method may throw RunnerError STORAGE_UNUSABLE, STORAGE_FULL or STORAGE_CORRUPT.
 */
export interface Journal {
  /**
   * Stores a run with its definition and first events, owned by `owner` under epoch 1; without an owner it waits as
   * `queued` for a worker. One of a group that has no room is queued all the same, so that `events` may hold nothing of
   * what such a run does.
   * @throws RunnerError RUN_CONFLICT (names the run in the way), QUEUE_FULL: nothing is stored then
   */
  create(run: NewRun, owner: Owner | undefined, events: readonly RunEvent[]): Promise<Creation>;

  /**
   * Appends events to a run, all or none, in the order given, and with them what changes besides. Calls of one turn of
   * the event loop share one transaction.
   * @returns the budget where it has nothing left for the last event, an intent: all but that event is stored then
   * @throws RunnerError LEASE_LOST when the run has another epoch: the caller must stop acting at once
   */
  append(run: string, epoch: number, events: readonly RunEvent[], change?: RunChange): Promise<BudgetState | undefined>;

  /** All events of a run, in order; empty for an unknown run. */
  events(run: string): readonly RunEvent[];

  /** The same events one after another, read in small pieces; what is appended meanwhile may be among them. */
  read(run: string): Iterable<RunEvent>;

  /** The run that `id` names: a whole id or an unambiguous part of one (see RUN_NOT_FOUND, RUN_AMBIGUOUS). */
  find(id: string): RunRecord;

  /** Newest first. */
  list(filter: RunFilter): readonly RunRecord[];

  /** @throws RunnerError DEFINITION_UNREADABLE when it was compiled by a newer runner */
  definition(hash: string): { readonly workflow: Workflow; readonly source: string };

  /**
   * Makes `owner` the one owner of a run that is not final and whose lease is free, expired, or held by a dead process.
   * Counts a crash when the former owner died with the run active; after three the run is quarantined. A run that was
   * queued, parked, paused or interrupted is `running` from then on.
   * @returns the new epoch
   * @throws RunnerError RUN_OWNED (names the owner), RUN_FINAL; unless `force`: RUN_QUARANTINED, and RUN_CONFLICT for a
   *   queued run whose group has no room
   */
  claim(run: string, owner: Owner, options?: { readonly force?: boolean }): Promise<number>;

  /**
   * Claims the outermost run whose turn it is, of all that can go on without a person: by priority, then the oldest.
   * These can: queued ones whose group has room, in the order of their line; interrupted ones; waiting ones whose timer
   * is due, for which a signal has come, or of whose children a queued one has its turn; and those with requests that
   * nobody has settled: waiting and `needs_attention` ones with any, queued and paused ones with a `cancel`. A request or
   * a signal for a run below counts for the outermost. Never quarantined ones.
   */
  claimNext(owner: Owner, look: TurnLook): Promise<ClaimedRun | undefined>;

  /**
   * When `claimNext` may have something at the latest, if nobody does anything until then: a timer is due, or a lease
   * runs out. Not after `now` where it has something already; undefined where there is nothing to wait for.
   */
  nextWake(now: EpochMs): EpochMs | undefined;

  /** Extends the lease of all runs that this process owns. Called on a timer, some times per lease period. */
  heartbeat(owner: Owner): Promise<void>;

  /** Asks the owner of a run for something; also the way in for a run that nobody owns now. */
  request(run: string, request: RunRequest): Promise<void>;

  /** Takes the requests of the runs that `owner` owns: each is handed out once, and to each next owner until settled. */
  takeRequests(owner: Owner): readonly TakenRequest[];

  /**
   * Keeps a signal for the runs that wait for it, and for `keepMs` for others.
   * @returns its number
   * @throws RunnerError PAYLOAD_TOO_LARGE; of its run RUN_NOT_FOUND, RUN_FINAL
   */
  sendSignal(signal: NewSignal): Promise<number>;

  /**
   * Signals of a name that are for all, for this run, or for the outermost run above it, in order.
   * @param after gives only those with a greater number
   * @param limit 1 to 10,000
   */
  signals(name: string, run: string, after: number, limit: number): readonly Signal[];

  /** The number of the last signal; 0 before the first. It costs little: one look without a lock. */
  lastSignal(): number;

  readonly state: StateStore;

  /** What is counted over all runs; `append` keeps it, in the transaction of the events that it belongs to. */
  readonly ledger: Ledger;

  /** Waits for all that was appended, then closes. */
  close(): Promise<void>;
}

/** How a worker looks for work. */
export interface TurnLook {
  readonly now: EpochMs;
  /** Runs that it does not want now. */
  readonly exclude?: readonly string[];
}

/** What `state` steps keep; changed by `RunChange.state`. A value that has expired is not there. */
export interface StateStore {
  get(space: string, name: string, now: EpochMs): Json | undefined;
  /** By space and name. @param prefix of the space */
  list(prefix: string, now: EpochMs): readonly StateEntry[];
  /** Changes values by hand. @throws RunnerError PAYLOAD_TOO_LARGE: nothing is changed then */
  keep(changes: readonly StateChange[]): Promise<void>;
}

/** Budgets and costs, over all runs and processes of a project. */
export interface Ledger {
  /**
   * Keeps counts that belong to no run of this journal: those of single calls.
   * @returns the budget where it has nothing left; then nothing is kept
   */
  count(counts: Counts, origin: CountOrigin): Promise<BudgetState | undefined>;
  /** Budgets that were used lately, ordered by key. */
  budgets(space: string, now: EpochMs): readonly BudgetState[];
  /** What calls have cost, oldest day first. @param since the first day wanted, such as `2026-01-31` */
  costs(space: string, since?: string): readonly CostEntry[];
}

/** Execution log, metrics, logs and the catalogue's last state. May be dropped; losing it never harms a run. */
export interface Telemetry {
  /** Buffered, written soon. Never throws: a fault is kept for `health`. */
  recordExecution(execution: Execution): void;
  recordLog(line: LogLine): void;

  /** Newest first. */
  executions(filter: ExecutionFilter): readonly Execution[];
  /** Oldest first. */
  logs(run: string): readonly LogLine[];
  /** Ordered by number of calls, most first. */
  metrics(filter?: MetricsFilter): readonly ToolMetrics[];

  /** Replaces what is known of these sources, but not since when; others stay as they were last seen. */
  storeCatalogue(readings: readonly SourceReading[], at: EpochMs): void;
  /**
   * What was stored of these sources last, by server and name; undefined where none of them was ever read.
   * @param only that one tool, which costs a fraction of the whole
   */
  catalogue(
    sources: readonly string[],
    only?: { readonly server: string; readonly tool: string },
  ): StoredCatalogue | undefined;

  /** Removes executions and logs of runs; metrics keep counting them. */
  forget(runs: readonly string[]): void;

  /** The last fault that kept something from being written; undefined while all is well. */
  health(): string | undefined;
  /** Writes what is buffered. */
  flush(): void;
  close(): void;
}

/** All tools of one source: the bridge, or an MCP server. */
export interface SourceReading {
  readonly source: string;
  readonly tools: readonly ToolDescription[];
}

export interface StoredCatalogue {
  readonly tools: readonly CatalogueEntry[];
  /** When one of the sources was read last. */
  readonly at: EpochMs;
}

export interface MetricsFilter {
  readonly server?: string;
  readonly tool?: string;
  readonly version?: string;
  readonly environment?: string;
}

export interface ExecutionFilter extends MetricsFilter {
  readonly run?: string;
  readonly success?: boolean;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** A value, or the promise of one: who has it at hand gives it at once, and nobody waits. */
export type Awaitable<T> = T | Promise<T>;

/**
 * Results of reads, kept over restarts, and by some implementations shared by machines. Losing it costs time, never
 * correctness, so nothing here throws or rejects: a store in trouble knows nothing.
 */
export interface CacheStore {
  /** False while nothing can be looked up or kept there: the store is switched off, or in trouble. */
  serves(address: CacheAddress): boolean;

  /**
   * The result at an address that has not expired.
   * @param staleMs takes also a result that expired so long ago at most
   */
  get(address: CacheAddress, now: EpochMs, staleMs?: number): Awaitable<CacheHit | undefined>;

  /**
   * Keeps a result: whoever looks after this in the same process finds it. Ignored when its server's entries were
   * dropped after `calledAt`, since a write may have overtaken the read.
   */
  put(entry: CacheEntry): void;

  /** Forgets the results of a server, because something was written there. */
  dropServer(server: string, at: EpochMs): void;

  /** @returns how many results were forgotten */
  clear(filter?: CacheFilter): Awaitable<number>;
  stats(now: EpochMs): Awaitable<CacheStats>;
}

export interface CacheAddress {
  /** SHA-256 over all that tells this call from others. */
  readonly key: string;
  readonly server: string;
  readonly tool: string;
  readonly version?: string;
  /** Results of a run are of use to that run alone. */
  readonly scope: 'run' | 'project';
}

export interface CacheHit {
  readonly output: Json;
  readonly ageMs: number;
}

export interface CacheEntry extends CacheAddress {
  readonly output: Json;
  /** When the call that gave the result began. */
  readonly calledAt: EpochMs;
  readonly expiresAt: EpochMs;
  /** Until then it may stand in for a call that fails; not before `expiresAt`. */
  readonly keptUntil: EpochMs;
}

export interface CacheFilter {
  readonly server?: string;
  readonly tool?: string;
}

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly expired: number;
  readonly byServer: readonly { readonly server: string; readonly entries: number }[];
}

/**
 * State of circuit breakers, shared by all processes of the project; kept over restarts, though a power cut may undo
 * its last changes. It throws nothing: where the file is of no use, this process goes on alone.
 */
export interface BreakerStore {
  /** Absent: nothing has spoken against the target. */
  load(key: string): Circuit | undefined;
  /**
   * Replaces a state by what `change` makes of it, and no other process comes between. The same object back: nothing is
   * written. Undefined: it is forgotten.
   */
  update(key: string, change: (circuit: Circuit | undefined) => Circuit | undefined): void;
  /** All that are kept, by key. */
  list(): readonly KeptCircuit[];
}

export interface KeptCircuit {
  readonly key: string;
  readonly circuit: Circuit;
}

/**
 * What calls take from the limits of the project, shared by all its processes. Each method is one step that no other
 * process comes between. It throws nothing: where the file is of no use, this process goes on alone.
 */
export interface LimitStore {
  /**
   * Takes all that a call needs, or says what it has to wait for. Where no slot is free nothing is taken but a place in
   * line; a turn that lies in the future is taken, and no slot with it.
   */
  take(want: LimitWant, now: EpochMs): LimitAnswer;
  /** Gives back what was taken: a slot when its call has ended, a turn whose call was not made, a place in line. */
  giveBack(held: LimitsHeld): void;
}

export interface LimitWant {
  /** At most `max` turns in any window of `perMs`. */
  readonly turn?: { readonly key: string; readonly max: number; readonly perMs: number };
  /** At most `max` slots at once; one whose call has not ended after `leaseMs`, or whose process is dead, is free. */
  readonly slot?: { readonly key: string; readonly max: number; readonly leaseMs: number };
  /** A turn after that is of no use and is not taken. */
  readonly latest?: EpochMs;
  /** The place in line from an earlier answer; one that is not asked for again within 2 s is lost. */
  readonly ticket?: number;
}

export interface LimitsHeld {
  readonly turn?: number;
  readonly slot?: number;
  readonly ticket?: number;
}

export type LimitAnswer =
  | { readonly kind: 'granted'; readonly turn?: number; readonly slot?: number }
  /** The turn is taken, and it comes at `due`. */
  | { readonly kind: 'later'; readonly turn: number; readonly due: EpochMs }
  | { readonly kind: 'full'; readonly ticket: number }
  | { readonly kind: 'too_late'; readonly due: EpochMs };

/** Performs calls of one kind. A fault of the far side is a value; an exception is a defect of the connector. */
export interface Connector {
  /**
   * Ends soon after `signal` aborts, with sockets, children and timers gone, and says whether the effect may have
   * happened.
   */
  call(action: Action, context: CallContext, signal: AbortSignal): Promise<StepResult>;
}

/** Says no to calls that must not be made, before anything else is asked, the cache included. */
export interface Refusals {
  /** @returns why not; undefined where the call may be made. Never rejects. */
  check(run: string, action: Action): Awaitable<Fault | undefined>;
}

export interface CallContext {
  /** The same for all attempts of one call and after a resume. */
  readonly idempotencyKey: string;
  readonly run: string;
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** Is told how far the call has come, where the far side says so. */
  readonly report?: (progress: CallProgress) => void;
}

export interface CallProgress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

/** A connector that can also say which tools it has: the bridge, or an MCP server. */
export interface ToolServer extends Connector {
  /** All tools, whatever number of pages they come in. @throws RunnerError BRIDGE_UNREACHABLE, BRIDGE_KEY_REFUSED, SERVER_UNREACHABLE */
  list(signal: AbortSignal): Promise<readonly ToolDescription[]>;
  /** Ends connections and child processes. Calls in flight end as faults. */
  close(): void | Promise<void>;
}

/** Tells time and waits. The engine knows no other clock. */
export interface Clock {
  now(): EpochMs;
  /**
   * Resolves at `due` (at once when it has passed), never early, and for any distance in time.
   * Rejects with the signal's reason when `signal` aborts.
   */
  until(due: EpochMs, signal: AbortSignal): Promise<void>;
}

/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;
