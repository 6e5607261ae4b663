import type { ApprovalBinding } from '../../model/approvals.ts';
import type { BudgetSettlement } from '../../model/budgets.ts';
import type { Cost } from '../../model/costs.ts';
import type { DoubtfulCall, RunEvent, RunOptions } from '../../model/events.ts';
import type { Execution } from '../../model/executions.ts';
import { canonicalJson, type JsonObject } from '../../model/json.ts';
import { LimitWaits } from '../../model/limit-waits.ts';
import type { StateChange } from '../../model/requests.ts';
import type { SchemaCheck } from '../../model/schema-check.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Workflow } from '../../model/workflow.ts';
import type { History } from './history.ts';
import type { CacheChange, Decision, Moment, Phase } from './operations.ts';
import { Scheduler } from './scheduler.ts';
import { Spending } from './spending.ts';
import type { Undos } from './undos.ts';

/** What a run is, apart from what happens in it. */
export interface RunFacts {
  readonly id: string;
  readonly workflow: Workflow;
  readonly inputs: JsonObject;
  readonly options: RunOptions;
  readonly startedAt: EpochMs;
  readonly commit?: string;
  /** Calls of the run that this one retries which may have happened. */
  readonly doubtful?: Readonly<Record<string, DoubtfulCall>>;
  /** From 1; one more for each retry. Absent: 1. */
  readonly attempt?: number;
  /** Number of the last signal that was sent before it began: only later ones are for it. Absent: 0. */
  readonly signalsAfter?: number;
  /** What `$env` may read. */
  readonly env: JsonObject;
  /** What `$secrets` gives: a handle by name, never a value. */
  readonly handles: Readonly<Record<string, string>>;
  /** What is wrong with a value; absent: nothing ever is. */
  readonly violations?: SchemaCheck['violations'];
  /** Where values are kept: the sandbox and each environment have their own. Absent: where nothing else is said. */
  readonly world?: string;
  /** Tells one value of a secret from another, for the keys of cached results. */
  readonly fingerprint: (secret: string) => string;
}

/** What all programs of one run share, and what the current decision has collected. */
export class RunState {
  readonly facts: RunFacts;
  readonly history: History;
  readonly scheduler = new Scheduler();
  readonly spending: Spending;
  readonly limitWaits: LimitWaits;
  readonly undos: Undos;
  /** Probes that were begun, by step key. */
  readonly probes: Map<string, number>;
  /** Signals that the run has taken. */
  readonly signals: Set<number>;
  /** What was approved of the calls to come: their params in canonical JSON, by step key. */
  readonly bound = new Map<string, string>();
  moment: Moment = { now: 0, random: 0 };
  events: RunEvent[] = [];
  executions: Execution[] = [];
  cacheChanges: CacheChange[] = [];
  settled: BudgetSettlement[] = [];
  costs: Cost[] = [];
  stateChanges: StateChange[] = [];
  phase: Phase = 'steps';
  cancelRequested: boolean;
  timedOut: boolean;
  /** True where a frame was cancelled in this decision: what is done in its name must be aborted. */
  hasCancelled = false;
  private draws = 0;

  constructor(facts: RunFacts, history: History, undos: Undos) {
    this.facts = facts;
    this.history = history;
    this.undos = undos;
    this.cancelRequested = history.cancelled;
    this.timedOut = history.timedOut;
    this.spending = new Spending(history);
    this.limitWaits = new LimitWaits(history.limitWaits);
    this.probes = new Map(history.probes);
    for (const { requested } of history.approvals.values()) this.bind(requested.binding);
    this.signals = new Set(history.takenSignals);
  }

  bind({ effects }: ApprovalBinding): void {
    for (const { step, params } of effects) if (params !== undefined) this.bound.set(step, canonicalJson(params));
  }

  /** A sequence per decision; what it decides is recorded, so a resumed run does not draw again. */
  random(): number {
    this.draws += 1;
    return (this.moment.random + this.draws * 0.618_033_988_749_894_9) % 1;
  }

  /** Hands out what was collected. Members are always the same: this is done several times for every call. */
  decision({ operation, end, aborts }: Pick<Decision, 'operation' | 'end' | 'aborts'>): Decision {
    const { events, executions, cacheChanges, settled, costs, stateChanges, phase } = this;
    if (events.length > 0) this.events = [];
    if (executions.length > 0) this.executions = [];
    if (cacheChanges.length > 0) this.cacheChanges = [];
    if (settled.length > 0) this.settled = [];
    if (costs.length > 0) this.costs = [];
    if (stateChanges.length > 0) this.stateChanges = [];
    return {
      operation,
      end,
      phase,
      events: collected(events),
      executions: collected(executions),
      cacheChanges: collected(cacheChanges),
      settled: collected(settled),
      costs: collected(costs),
      stateChanges: collected(stateChanges),
      aborts,
      settledRequests: [],
    };
  }
}

/** An empty list goes on collecting, so it is not handed out. */
function collected<T>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? [] : items;
}
