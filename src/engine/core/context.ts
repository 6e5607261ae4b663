import type { EvaluationScope } from '../../language/expressions/scope.ts';
import type { RunEvent, RunFault, RunOptions, StepEnded } from '../../model/events.ts';
import type { Execution } from '../../model/executions.ts';
import type { BudgetSettlement } from '../../model/budgets.ts';
import type { Cost } from '../../model/costs.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { LimitWaits } from '../../model/limit-waits.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Slot } from '../../model/values.ts';
import { declaredKey, type Step, type Workflow } from '../../model/workflow.ts';
import type { History } from './history.ts';
import type { CacheChange, Moment } from './operations.ts';
import { Spending } from './spending.ts';

/** What a run is, apart from what happens in it. */
export interface RunFacts {
  readonly id: string;
  readonly workflow: Workflow;
  readonly inputs: JsonObject;
  readonly options: RunOptions;
  readonly startedAt: EpochMs;
  readonly commit?: string;
  /** What `$env` may read. */
  readonly env: JsonObject;
  /** What `$secrets` gives: a handle by name, never a value. */
  readonly handles: Readonly<Record<string, string>>;
  /** Tells one value of a secret from another, for the keys of cached results. */
  readonly fingerprint: (secret: string) => string;
}

/**
 * The state that the programs of one run share: results so far, and what the current decision has collected.
 * It is what expressions read.
 */
export class RunContext implements EvaluationScope {
  readonly facts: RunFacts;
  readonly history: History;
  lastError: RunFault | undefined;
  moment: Moment = { now: 0, random: 0 };
  events: RunEvent[] = [];
  executions: Execution[] = [];
  cacheChanges: CacheChange[] = [];
  settled: BudgetSettlement[] = [];
  costs: Cost[] = [];
  readonly spending: Spending;
  readonly limitWaits: LimitWaits;
  /** Probes that were begun, by step key. */
  readonly probes: Map<string, number>;
  private readonly results = new Map<string, Json>();
  private readonly ends = new Map<string, StepEnded>();
  private readonly ids = new Map<string, string>();
  /** The calls whose alternatives are being tried, the innermost last. */
  private readonly failedCalls: { readonly params: Json; readonly error: JsonObject }[] = [];
  private cancelRequested: boolean;
  private isShielded = false;
  private draws = 0;

  constructor(facts: RunFacts, history: History) {
    this.facts = facts;
    this.history = history;
    this.cancelRequested = history.cancelled;
    this.spending = new Spending(history);
    this.limitWaits = new LimitWaits(history.limitWaits);
    this.probes = new Map(history.probes);
  }

  get now(): EpochMs {
    return this.moment.now;
  }

  /** True once the run is cancelled; `finally` runs to its end all the same. */
  get cancelled(): boolean {
    return this.cancelRequested && !this.isShielded;
  }

  /** False when the run had been cancelled before. */
  requestCancel(): boolean {
    const isNew = !this.cancelRequested;
    this.cancelRequested = true;
    return isNew;
  }

  enterPhase(phase: 'on_failure' | 'finally'): void {
    this.isShielded = phase === 'finally';
  }

  /** A sequence per decision; what it decides is recorded, so a resumed run does not draw again. */
  random(): number {
    this.draws += 1;
    return (this.moment.random + this.draws * 0.618_033_988_749_894_9) % 1;
  }

  emit(event: RunEvent): void {
    this.events.push(event);
  }

  /** Keeps the end of a step for later references, whether it happened now or was recorded earlier. */
  keepEnd(step: Step, end: StepEnded): void {
    const key = declaredKey(step);
    this.ends.set(key, end);
    this.ids.set(step.id ?? key, key);
    if (end.status === 'succeeded' && end.output !== undefined) this.results.set(key, end.output);
    else this.results.delete(key);
  }

  endOf(key: string): StepEnded | undefined {
    return this.ends.get(key);
  }

  /** Shows a result to the step's own `until` before the step has ended. */
  showResult(key: string, output: Json): void {
    this.results.set(key, output);
  }

  hideResult(key: string): void {
    this.results.delete(key);
  }

  /** Shows a failed call to its alternatives. */
  enterFallback(call: { readonly params: Json; readonly error: JsonObject }): void {
    this.failedCalls.push(call);
  }

  leaveFallback(): void {
    this.failedCalls.pop();
  }

  resultOf(key: string): Json | undefined {
    return this.results.get(key);
  }

  read(slot: Slot): Json | undefined {
    const { inputs, env, handles } = this.facts;
    if (slot.startsWith('step:')) return this.results.get(slot.slice('step:'.length));
    if (slot.startsWith('input:')) return inputs[slot.slice('input:'.length)];
    switch (slot) {
      case 'inputs':
        return inputs;
      case 'steps':
        return this.describeSteps();
      case 'run':
        return this.describeRun();
      case 'env':
        return env;
      case 'secrets':
        return handles;
      case 'call:params':
        return this.failedCalls.at(-1)?.params;
      case 'call:error':
        return this.failedCalls.at(-1)?.error;
      case 'last_error':
        return this.describeLastError();
      default:
        return undefined;
    }
  }

  private describeRun(): JsonObject {
    const { id, workflow, startedAt, commit } = this.facts;
    const started = new Date(startedAt).toISOString();
    return { id, workflow: workflow.name, started_at: started, attempt: 1, commit: commit ?? null };
  }

  private describeSteps(): JsonObject {
    const described: Record<string, Json> = {};
    for (const [id, key] of this.ids) {
      const end = this.ends.get(key);
      if (end) described[id] = describeStep(end);
    }
    return described;
  }

  private describeLastError(): JsonObject | undefined {
    if (!this.lastError) return undefined;
    const { step, kind, message, attempts } = this.lastError;
    return { step: step ?? null, code: kind, message, attempts };
  }
}

function describeStep(end: StepEnded): JsonObject {
  return {
    status: end.status,
    attempts: end.attempts,
    duration_ms: end.durationMs,
    cached: end.cachedAgeMs !== undefined,
    fallback_used: end.fallback !== undefined,
    ...(end.fault ? { error: { code: end.fault.kind, message: end.fault.message } } : {}),
  };
}
