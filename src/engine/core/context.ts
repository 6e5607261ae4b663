import type { EvaluationScope } from '../../language/expressions/scope.ts';
import type { BudgetSettlement } from '../../model/budgets.ts';
import type { Cost } from '../../model/costs.ts';
import type { RunEvent, StepEnded } from '../../model/events.ts';
import type { Execution } from '../../model/executions.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { LimitWaits } from '../../model/limit-waits.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Slot } from '../../model/values.ts';
import { declaredKey, type Step } from '../../model/workflow.ts';
import type { Ending, StepOutcome } from './endings.ts';
import type { Program } from './scheduler.ts';
import type { History } from './history.ts';
import type { CacheChange, Moment } from './operations.ts';
import type { RunFacts, RunState } from './run-state.ts';
import type { Spending } from './spending.ts';

/** The recursion, handed down so that files do not import each other in a ring. */
export interface Interpreter {
  step(context: RunContext, step: Step): Program<StepOutcome>;
  /** Runs a list of steps in order. */
  list(context: RunContext, steps: readonly Step[]): Program<Ending>;
  /** As `list`, but the first step that fails ends it, also with `fail_fast: false`. */
  attempt(context: RunContext, steps: readonly Step[]): Program<Ending>;
  /** Runs all steps of a list, whatever becomes of those before. */
  handler(context: RunContext, steps: readonly Step[]): Program<Ending>;
}

/** What a frame has beside that of the frame around it. */
export interface FrameOptions {
  /** Values by slot: the item of a loop, the last error, the params of a failed call. */
  readonly locals?: Readonly<Record<Slot, Json>>;
  /** True: it runs to its end whatever is cancelled around it. */
  readonly isShielded?: boolean;
}

/**
 * What the steps of one body see: the results so far, those of the bodies around it, and the state of the run. It is
 * what expressions read.
 */
export class RunContext implements EvaluationScope {
  readonly run: RunState;
  readonly interpreter: Interpreter;
  private readonly outer: RunContext | undefined;
  private readonly locals: Readonly<Record<Slot, Json>>;
  private readonly isShielded: boolean;
  /** All by the declared key of the step. */
  private readonly results = new Map<string, Json>();
  private readonly ends = new Map<string, StepEnded>();
  private readonly ids = new Map<string, string>();
  private reason: string | undefined;

  constructor(
    { run, interpreter }: Pick<RunContext, 'run' | 'interpreter'>,
    { locals = {}, isShielded = false }: FrameOptions = {},
    outer?: RunContext,
  ) {
    this.run = run;
    this.interpreter = interpreter;
    this.outer = outer;
    this.locals = locals;
    this.isShielded = isShielded;
  }

  /** A frame inside this one. */
  within(options: FrameOptions = {}): RunContext {
    return new RunContext(this, options, this);
  }

  get facts(): RunFacts {
    return this.run.facts;
  }

  get history(): History {
    return this.run.history;
  }

  get moment(): Moment {
    return this.run.moment;
  }

  get now(): EpochMs {
    return this.run.moment.now;
  }

  get executions(): Execution[] {
    return this.run.executions;
  }

  get cacheChanges(): CacheChange[] {
    return this.run.cacheChanges;
  }

  get settled(): BudgetSettlement[] {
    return this.run.settled;
  }

  get costs(): Cost[] {
    return this.run.costs;
  }

  get spending(): Spending {
    return this.run.spending;
  }

  get limitWaits(): LimitWaits {
    return this.run.limitWaits;
  }

  get probes(): Map<string, number> {
    return this.run.probes;
  }

  /** True once the run or a block around is cancelled, and nothing shields this frame from it. */
  get cancelled(): boolean {
    return this.whyCancelled !== undefined;
  }

  /** One sentence, where it is cancelled. */
  get whyCancelled(): string | undefined {
    if (this.reason !== undefined) return this.reason;
    if (this.isShielded) return undefined;
    if (this.outer) return this.outer.whyCancelled;
    return this.run.cancelRequested ? 'The run was cancelled.' : undefined;
  }

  /** Ends what is done in this frame and those inside. @param reason one sentence, for the faults of what is ended */
  cancel(reason: string): void {
    this.reason ??= reason;
    this.run.hasCancelled = true;
  }

  random(): number {
    return this.run.random();
  }

  emit(event: RunEvent): void {
    this.run.events.push(event);
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
    return this.ends.get(key) ?? this.outer?.endOf(key);
  }

  /** Shows a result to the step's own `until` before the step has ended. */
  showResult(step: Step, output: Json): void {
    this.results.set(declaredKey(step), output);
  }

  hideResult(step: Step): void {
    this.results.delete(declaredKey(step));
  }

  /** @param key as declared */
  resultOf(key: string): Json | undefined {
    const own = this.results.get(key);
    return own === undefined ? this.outer?.resultOf(key) : own;
  }

  read(slot: Slot): Json | undefined {
    if (slot.startsWith('step:')) return this.resultOf(slot.slice('step:'.length));
    if (slot.startsWith('input:')) return this.facts.inputs[slot.slice('input:'.length)];
    const local = this.localOf(slot);
    if (local !== undefined) return local;
    switch (slot) {
      case 'inputs':
        return this.facts.inputs;
      case 'steps':
        return this.describeSteps();
      case 'run':
        return this.describeRun();
      case 'env':
        return this.facts.env;
      case 'secrets':
        return this.facts.handles;
      default:
        return undefined;
    }
  }

  private localOf(slot: Slot): Json | undefined {
    const own = this.locals[slot];
    return own === undefined ? this.outer?.localOf(slot) : own;
  }

  private describeRun(): JsonObject {
    const { id, workflow, startedAt, commit, attempt = 1 } = this.facts;
    const started = new Date(startedAt).toISOString();
    return { id, workflow: workflow.name, started_at: started, attempt, commit: commit ?? null };
  }

  private describeSteps(): JsonObject {
    const described: Record<string, Json> = { ...this.outer?.describeSteps() };
    for (const [id, key] of this.ids) {
      const end = this.ends.get(key);
      if (end) described[id] = describeStep(end);
    }
    return described;
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
    ...(end.failures ? { failures: end.failures.map((failure) => ({ ...failure })) } : {}),
  };
}
