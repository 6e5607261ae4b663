import type { StepResult } from '../model/actions.ts';
import { budgetExceeded } from '../model/budgets.ts';
import type { RunEvent } from '../model/events.ts';
import type { Fault } from '../model/faults.ts';
import { hiddenOf, hiddenValues, type Hidden } from '../model/sensitive.ts';
import type { RunStatus } from '../model/states.ts';
import type { RunFacts } from './core/context.ts';
import { RunMachine } from './core/machine.ts';
import type { Completion, Decision, Moment, Operation } from './core/operations.ts';
import { countsOf, isBudgeted, onlyIntent } from './counts.ts';
import { logLinesOf } from './log-lines.ts';
import { LookUps } from './look-ups.ts';
import type { DriverParts, RunOutcome } from './parts.ts';
import type { Admission } from './policies/admission.ts';
import type { CacheHit } from './ports.ts';

/** Stores the first decision's events: `create` for a new run, `append` for a resumed one. */
export type FirstCommit = (decision: Decision, status: RunStatus) => Promise<number>;

/**
 * Performs what the machine decides, one run at a time: commits the events of a decision, begins its operation, waits,
 * and delivers the completion. The one place where a run waits.
 */
export class RunDriver {
  private readonly parts: DriverParts;
  private readonly facts: RunFacts;
  private readonly machine: RunMachine;
  private readonly lookUps: LookUps;
  private readonly hidden: Hidden;
  private epoch = 0;
  private status: RunStatus = 'running';
  private operation: Operation['kind'] | undefined;
  /** The answer to a look-up that must be waited for. */
  private pendingRefusal: Promise<Fault | undefined> | undefined;
  private pendingLookUp: Promise<CacheHit | undefined> | undefined;
  /** What the attempt that comes next, or is under way, holds of the limits that all share. */
  private admission: Admission | undefined;
  /** Ends the operation under way; serves one after another until it is aborted, since a new one per call is dear. */
  private abort = new AbortController();
  private isStopping = false;

  constructor(parts: DriverParts, facts: RunFacts, events: readonly RunEvent[]) {
    this.parts = parts;
    this.facts = facts;
    this.hidden = hiddenOf(facts.workflow);
    this.lookUps = new LookUps(parts);
    this.machine = new RunMachine(facts, events);
  }

  /** Makes the first decision and has it stored; from then on `drive` carries the run to its end. */
  async begin(commit: FirstCommit): Promise<() => Promise<RunOutcome>> {
    try {
      const decision = await this.withAnswers(await this.machine.begin(this.moment()));
      // An intent under a budget may be refused, so that the run must be there before it.
      const first = isBudgeted(decision) ? withoutIntent(decision) : decision;
      this.status = statusOf(decision);
      this.dropStale(first);
      this.epoch = await commit(first, this.status);
      this.tell(first);
      const rest = first === decision ? undefined : onlyIntent(decision);
      return () => this.drive(decision, rest).finally(() => this.end());
    } catch (error) {
      this.end();
      throw error;
    }
  }

  cancel(by: string): void {
    const event = this.machine.cancel(by, this.moment());
    if (!event) return;
    // Recorded at once: a crash before the aborted call has ended must not forget the request.
    void this.parts.journal.append(this.facts.id, this.epoch, [event]).then(
      () => this.parts.notify(this.facts.id, [event]),
      () => undefined, // The drive meets the same fault at its next commit and reports it.
    );
    if (this.machine.isCancelled && this.operation !== undefined) this.abort.abort();
  }

  stop(): void {
    this.isStopping = true;
    if (this.operation !== undefined && this.operation !== 'attempt') this.abort.abort();
  }

  private async drive(first: Decision, uncommitted: Decision | undefined): Promise<RunOutcome> {
    let decision = first;
    let refusal = uncommitted && (await this.commit(uncommitted));
    for (;;) {
      if (decision.end) return decision.end;
      if (decision.operation?.kind === 'attention') return { status: 'needs_attention' };
      const completion = refusal ?? (await this.perform(decision.operation));
      if (!completion) return this.giveUp();
      decision = await this.withAnswers(await this.machine.deliver(completion, this.moment()));
      if (this.isStopping && !decision.end) return this.giveUp(withoutIntent(decision));
      refusal = await this.commit(decision);
    }
  }

  /**
   * Answers look-ups in the cache and requests for admission where the answer is at hand: they have no effect, so they
   * need no commit before them, and what was decided before and after one is committed together. What must be waited
   * for stays the decision's operation, so that the end of the step before is durable meanwhile.
   */
  private async withAnswers(first: Decision): Promise<Decision> {
    let decision = first;
    for (;;) {
      const { operation } = decision;
      if (operation?.kind === 'cache') {
        for (const change of decision.cacheChanges) this.lookUps.change(change);
        decision = withoutChanges(decision);
      }
      const answer = this.answerAtHand(operation);
      if (answer === undefined) break;
      decision = joined(decision, await this.machine.deliver(answer, this.moment()));
    }
    // What was refused, or is not going to be made, holds nothing any more.
    if (this.admission?.key !== decision.operation?.key) this.endAdmission();
    return decision;
  }

  private answerAtHand(operation: Operation | undefined): Completion | undefined {
    if (operation?.kind === 'admission' && operation.phase === 'ask') {
      this.endAdmission();
      this.admission = this.parts.admissions.begin(operation);
      return { kind: 'admission', answer: this.admission.ask() };
    }
    if (operation?.kind === 'refusal') {
      const fault = this.parts.refusals?.check(this.facts.id, operation.action);
      if (!(fault instanceof Promise)) return { kind: 'refusal', fault };
      this.pendingRefusal = fault;
      return undefined;
    }
    if (operation?.kind !== 'cache') return undefined;
    const hit = this.lookUps.lookUp(operation, this.signal());
    if (!(hit instanceof Promise)) return { kind: 'cache', hit };
    this.pendingLookUp = hit;
    return undefined;
  }

  private endAdmission(result?: StepResult): void {
    this.admission?.end(result);
    this.admission = undefined;
  }

  /** @returns the answer to the decision's operation, where its budget has nothing left for it */
  private async commit(decision: Decision): Promise<Completion | undefined> {
    this.dropStale(decision);
    const status = statusOf(decision);
    const isChanged = status !== this.status;
    this.status = status;
    if (decision.events.length === 0 && !isChanged) {
      this.tell(decision);
      return undefined;
    }
    const release = decision.end !== undefined || status === 'needs_attention';
    const counts = countsOf(decision, this.parts.space);
    const change = { ...(isChanged ? { status, release } : {}), ...(counts ? { counts } : {}) };
    const spent = await this.parts.journal.append(this.facts.id, this.epoch, decision.events, change);
    this.tell(spent ? withoutIntent(decision) : decision);
    if (!spent) return undefined;
    const fault = budgetExceeded(spent, this.parts.clock.now());
    return { kind: 'attempt', result: { ok: false, fault }, durationMs: 0 };
  }

  /** Before the commit: a crash right after it must not leave results that a recorded write has made stale. */
  private dropStale({ cacheChanges }: Decision): void {
    for (const change of cacheChanges) if (change.kind === 'drop') this.lookUps.change(change);
  }

  private tell(decision: Decision): void {
    const { telemetry, notify, hide } = this.parts;
    hide?.(hiddenValues(decision.events, this.hidden));
    for (const execution of decision.executions) telemetry.recordExecution(execution);
    for (const change of decision.cacheChanges) if (change.kind !== 'drop') this.lookUps.change(change);
    for (const line of logLinesOf(this.facts, decision.events)) telemetry.recordLog(line);
    if (decision.events.length > 0) notify(this.facts.id, decision.events);
  }

  /** @returns undefined when the driver was stopped while it waited */
  private async perform(operation: Operation | undefined): Promise<Completion | undefined> {
    if (!operation) return undefined;
    this.operation = operation.kind;
    try {
      return await this.await(operation, this.signal());
    } finally {
      this.operation = undefined;
    }
  }

  /** Aborted where the run is cancelled and nothing may begin any more. */
  private signal(): AbortSignal {
    if (this.abort.signal.aborted) this.abort = new AbortController();
    if (this.machine.isCancelled) this.abort.abort();
    return this.abort.signal;
  }

  private async await(operation: Operation, signal: AbortSignal): Promise<Completion | undefined> {
    const { clock, attempts } = this.parts;
    if (operation.kind === 'attention') return undefined;
    if (operation.kind === 'refusal') return { kind: 'refusal', fault: await this.pendingRefusal };
    if (operation.kind === 'cache') {
      if (this.isStopping) return undefined;
      const hit = await unlessAborted(this.pendingLookUp, signal);
      return this.isStopping && signal.aborted ? undefined : { kind: 'cache', hit };
    }
    if (operation.kind === 'admission') {
      if (this.isStopping) return undefined;
      const answer = (await this.admission?.wait(signal)) ?? { kind: 'aborted' };
      return this.isStopping && answer.kind === 'aborted' ? undefined : { kind: 'admission', answer };
    }
    if (operation.kind === 'timer') {
      if (this.isStopping) return undefined;
      const outcome = await clock.until(operation.due, signal).then(
        () => 'fired' as const,
        () => 'aborted' as const,
      );
      return this.isStopping && outcome === 'aborted' ? undefined : { kind: 'timer', outcome };
    }
    const startedAt = clock.now();
    const result = await attempts.perform(this.facts.id, operation, signal);
    this.endAdmission(result);
    return { kind: 'attempt', result, durationMs: Math.max(0, clock.now() - startedAt) };
  }

  /** Leaves the run for a later resume: records what has ended, begins nothing, gives the lease back. */
  private async giveUp(last?: Decision): Promise<RunOutcome> {
    if (last) this.dropStale(last);
    const counts = last && countsOf(last, this.parts.space);
    const change = { status: 'interrupted' as const, release: true, ...(counts ? { counts } : {}) };
    await this.parts.journal.append(this.facts.id, this.epoch, last?.events ?? [], change);
    if (last) this.tell(last);
    return { status: 'interrupted' };
  }

  /** A look-up that is answered from now on must not begin anything in the name of this run. */
  private end(): void {
    this.abort.abort();
    this.endAdmission();
    this.lookUps.end();
  }

  private moment(): Moment {
    return { now: this.parts.clock.now(), random: this.parts.random() };
  }
}

/** What `answer` gives; undefined when the signal aborts first. */
async function unlessAborted<T>(answer: Promise<T> | undefined, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const over = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    over.abort();
  }
}

function statusOf({ end, operation }: Decision): RunStatus {
  if (end) return end.status;
  if (operation?.kind === 'attention') return 'needs_attention';
  return operation?.kind === 'timer' || operation?.kind === 'admission' ? 'waiting' : 'running';
}

function withoutChanges(decision: Decision): Decision {
  return { ...decision, cacheChanges: [] };
}

function joined(first: Decision, next: Decision): Decision {
  return {
    ...next,
    events: [...first.events, ...next.events],
    executions: [...first.executions, ...next.executions],
    settled: [...first.settled, ...next.settled],
    costs: [...first.costs, ...next.costs],
    cacheChanges: [...first.cacheChanges, ...next.cacheChanges],
  };
}

/** An intent says that the call may have been made; one that is not going to be made must not be recorded. */
function withoutIntent(decision: Decision): Decision {
  const { events, operation: _, ...rest } = decision;
  return events.at(-1)?.type === 'attempt.intended' ? { ...rest, events: events.slice(0, -1) } : decision;
}
