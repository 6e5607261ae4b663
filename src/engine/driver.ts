import type { RunEvent } from '../model/events.ts';
import type { Parking, RunRequest } from '../model/requests.ts';
import { hiddenOf, hiddenValues, type Hidden } from '../model/sensitive.ts';
import type { RunStatus } from '../model/states.ts';
import type { Completion, Decision, Moment, Operation, Phase } from './core/operations.ts';
import type { RunFacts } from './core/run-state.ts';
import { RunMachine } from './core/machine.ts';
import { Answers } from './answers.ts';
import { isBudgeted } from './counts.ts';
import { onlyIntent, withoutIntent } from './decisions.ts';
import { logLinesOf } from './log-lines.ts';
import { LookUps } from './look-ups.ts';
import { Outbox } from './outbox.ts';
import type { DriverParts, Idle, Park, RunOutcome } from './parts.ts';
import { Underway } from './underway.ts';

/** Stores the first decision's events: `create` for a new run, `append` for a resumed one. */
export type FirstCommit = (decision: Decision, status: RunStatus) => Promise<number>;

interface Delivery {
  readonly key: string;
  readonly completion: Completion;
}

/** Why a run is left before its end. */
type Leave =
  | { readonly status: 'interrupted' }
  /** Nothing else is left to do. */
  | { readonly status: 'needs_attention' }
  | { readonly status: 'waiting'; readonly parking: Parking }
  | { readonly status: 'paused'; readonly by: string };

export interface DriverOptions {
  /** Absent: never. */
  readonly park?: Park | undefined;
  readonly idle?: ((idle: Idle | undefined) => void) | undefined;
}

/** A timer that is due so soon is waited for here. */
const soonMs = 1_000;

/**
 * Performs what the machine decides: has decisions stored in order, begins each operation when its decision is durable,
 * and delivers whichever completes first. The one place where a run waits.
 */
export class RunDriver {
  private readonly parts: DriverParts;
  private readonly facts: RunFacts;
  private readonly options: DriverOptions;
  private readonly settled: number[] = [];
  private readonly machine: RunMachine;
  private readonly lookUps: LookUps;
  private readonly answers: Answers;
  private readonly underway: Underway;
  private readonly outbox: Outbox;
  private readonly hidden: Hidden;
  private readonly inbox: Delivery[] = [];
  private phase: Phase = 'steps';
  private ended: RunOutcome | undefined;
  private failure: { readonly error: unknown } | undefined;
  private leave: Leave | undefined;
  private wakeUp: (() => void) | undefined;

  constructor(parts: DriverParts, facts: RunFacts, events: Iterable<RunEvent>, options: DriverOptions = {}) {
    this.parts = parts;
    this.facts = facts;
    this.options = options;
    this.hidden = hiddenOf(facts.workflow);
    this.lookUps = new LookUps(parts);
    this.machine = new RunMachine(facts, this.hiding(events));
    this.answers = new Answers(parts, facts.id, this.lookUps);
    const deliver = (key: string, completion: Completion): void => this.deliver(key, completion);
    this.underway = new Underway(parts, facts.id, {
      answers: this.answers,
      deliver,
      fail: (error) => this.fail(error),
      rested: () => this.wake(),
    });
    this.outbox = new Outbox({
      ...parts,
      run: facts.id,
      status: () => this.statusNow(),
      before: (decision) => this.dropStale(decision),
      tell: (decision) => this.tell(decision),
      stored: (decision, refusal) => this.stored(decision, refusal),
      failed: (error) => this.fail(error),
    });
  }

  /** Makes the first decision and has it stored; from then on `drive` carries the run to its end. */
  async begin(commit: FirstCommit): Promise<() => Promise<RunOutcome>> {
    try {
      const decision = await this.decide(() => this.machine.begin(this.moment()));
      // An intent may have to wait for a place, or be refused by a budget: the run must be there before it.
      const isHeld = decision.operation?.kind === 'attempt' && (isBudgeted(decision) || !this.parts.places.take());
      const first = isHeld ? withoutIntent(decision) : decision;
      this.phase = decision.phase;
      this.underway.announce(first.operation);
      this.outbox.status = decision.end?.status ?? this.statusNow();
      this.dropStale(first);
      this.outbox.epoch = await commit(first, this.outbox.status);
      this.tell(first);
      return () => this.drive(first, isHeld ? decision : undefined).finally(() => this.end());
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /**
   * What somebody asks of the run.
   * @param number of the request in the journal, which is settled with what comes of it
   */
  request(request: RunRequest, number?: number): void {
    const known = number === undefined ? {} : { request: number };
    switch (request.kind) {
      case 'cancel':
        return this.cancel(request.by, request.graceMs, number);
      case 'pause':
        if (number !== undefined) this.settled.push(number);
        return this.pause(request.by);
      case 'decide':
        return this.underway.vote({ vote: request, ...known });
    }
  }

  /** @param graceMs how long calls in flight may go on by themselves */
  cancel(by: string, graceMs = 0, request?: number): void {
    const event = this.machine.cancel(by, this.moment());
    const events = event ? [event] : [];
    if (event || request !== undefined) {
      // Recorded at once: a crash before the aborted calls have ended must not forget the request.
      const change = request === undefined ? {} : { settled: [request] };
      void this.parts.journal.append(this.facts.id, this.outbox.epoch, events, change).then(
        () => this.parts.notify(this.facts.id, events),
        () => undefined, // The drive meets the same fault at its next commit and reports it.
      );
    }
    this.underway.cancel(this.machine.aborted(), event ? graceMs : 0);
  }

  pause(by: string): void {
    this.stopAs({ status: 'paused', by });
  }

  /** Leaves a run that only waits; one that does more goes on. */
  park(): void {
    const idle = this.isAtRest && !this.machine.hasReady ? this.underway.idle : undefined;
    if (idle) this.stopAs({ status: 'waiting', parking: idle.parking });
    else this.stop();
  }

  stop(): void {
    this.stopAs({ status: 'interrupted' });
  }

  private stopAs(leave: Leave): void {
    this.leave ??= leave;
    this.underway.stop(leave.status);
    this.wake();
  }

  private async drive(first: Decision, held: Decision | undefined): Promise<RunOutcome> {
    if (first.end) return first.end;
    if (held) this.submit(onlyIntent(held));
    else if (first.operation) this.underway.begin(first.operation);
    for (;;) {
      const outcome = await this.turn();
      if (outcome) return outcome;
    }
  }

  /** One decision, or a wait for what must come before the next. */
  private async turn(): Promise<RunOutcome | undefined> {
    if (this.failure) throw this.failure.error;
    if (this.ended) return this.ended;
    if (this.machine.hasReady && !this.leave) {
      this.submit(await this.decide(() => this.machine.proceed(this.moment())));
      return undefined;
    }
    const delivery = this.inbox.shift();
    if (delivery) {
      const { key, completion } = delivery;
      const decision = await this.decide(() => this.machine.deliver(key, completion, this.moment()), key);
      const request = completion.kind === 'approval' && completion.outcome === 'voted' ? completion.request : undefined;
      this.submit(request === undefined ? decision : { ...decision, settledRequests: [request] });
      return undefined;
    }
    if (this.isAtRest) {
      if (this.leave) return this.giveUp(this.leave);
      if (this.underway.needsPerson) {
        this.stopAs({ status: 'needs_attention' });
        return undefined;
      }
      if (this.mayPark) await nextRound();
      // Looked at right before it sleeps: what comes during an `await` here wakes nobody.
      if (this.hasNews) return undefined;
      this.considerParking();
      if (this.leave) return undefined;
    }
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
    });
    this.options.idle?.(undefined);
    return undefined;
  }

  /** True while nothing is recorded, done or answered: what is under way only waits. */
  private get isAtRest(): boolean {
    return this.inbox.length === 0 && !this.outbox.isBusy && !this.underway.isActive;
  }

  /** Whether something is answered already, as by a vote that was given before the question was taken up again. */
  private get hasNews(): boolean {
    return !this.isAtRest || this.failure !== undefined || this.ended !== undefined || this.leave !== undefined;
  }

  private get mayPark(): boolean {
    const { park = 'never' } = this.options;
    return park !== 'never';
  }

  /** A run that only waits needs no process. */
  private considerParking(): void {
    const { park = 'never', idle: tell } = this.options;
    if (park === 'never' && !tell) return;
    const { idle } = this.underway;
    tell?.(idle);
    if (!idle || park === 'never' || (park === 'people' && idle.hasTimer)) return;
    const { parking } = idle;
    if (parking.wakeAt !== undefined && parking.wakeAt - this.parts.clock.now() < soonMs) return;
    this.stopAs({ status: 'waiting', parking });
  }

  /** A decision with all that can be answered at once; those answers need no commit before them. */
  private async decide(next: () => Promise<Decision>, key?: string): Promise<Decision> {
    const deliver = (operation: Operation, answer: Completion): Promise<Decision> =>
      this.machine.deliver(operation.key, answer, this.moment());
    return this.answers.complete(await next(), deliver, key);
  }

  private submit(decision: Decision): void {
    this.phase = decision.phase;
    this.underway.abort(decision.aborts);
    const { operation } = decision;
    if (this.leave && !decision.end) {
      this.outbox.push(withoutOperation(withoutIntent(decision)));
      return;
    }
    this.underway.announce(operation);
    if (operation?.kind !== 'attempt' || this.parts.places.take()) {
      this.outbox.push(decision);
      return;
    }
    const rest = withoutIntent(decision);
    if (rest.events.length > 0) this.outbox.push(rest);
    this.underway.awaitPlace(operation.key, () => this.outbox.push(onlyIntent(decision)));
  }

  private stored({ operation, end }: Decision, refusal: Completion | undefined): void {
    if (end) this.ended = end;
    if (operation && refusal) this.underway.refuse(operation, refusal);
    else if (operation) this.underway.begin(operation);
    this.wake();
  }

  private deliver(key: string, completion: Completion): void {
    this.inbox.push({ key, completion });
    this.wake();
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }

  private wake(): void {
    this.wakeUp?.();
    this.wakeUp = undefined;
  }

  private statusNow(): RunStatus {
    if (this.phase === 'undo') return 'undoing';
    if (this.machine.hasReady || this.inbox.length > 0 || this.underway.isActive) return 'running';
    if (this.underway.needsPerson) return 'needs_attention';
    return this.underway.isEmpty ? 'running' : 'waiting';
  }

  /** Before the commit: a crash right after it must not leave results that a recorded write has made stale. */
  private dropStale({ cacheChanges }: Decision): void {
    for (const change of cacheChanges) if (change.kind === 'drop') this.lookUps.change(change);
  }

  /** What was recorded before, as it passes by: nothing that is hidden may be logged from now on. */
  private *hiding(events: Iterable<RunEvent>): Iterable<RunEvent> {
    for (const event of events) {
      this.parts.hide?.(hiddenValues([event], this.hidden));
      yield event;
    }
  }

  private tell(decision: Decision): void {
    const { telemetry, notify, hide } = this.parts;
    hide?.(hiddenValues(decision.events, this.hidden));
    for (const execution of decision.executions) telemetry.recordExecution(execution);
    for (const change of decision.cacheChanges) if (change.kind !== 'drop') this.lookUps.change(change);
    for (const line of logLinesOf(this.facts, decision.events)) telemetry.recordLog(line);
    if (decision.events.length > 0) notify(this.facts.id, decision.events);
  }

  /** Leaves the run for a later resume, once what was under way has ended and is recorded. */
  private async giveUp(leave: Leave): Promise<RunOutcome> {
    const { status } = leave;
    const at = this.parts.clock.now();
    const events: readonly RunEvent[] = leave.status === 'paused' ? [{ type: 'run.paused', at, by: leave.by }] : [];
    const settled = [...this.settled, ...this.underway.uselessRequests];
    const parking = leave.status === 'waiting' ? { parking: leave.parking } : {};
    await this.outbox.release(status, { events, settled, ...parking });
    if (events.length > 0) this.parts.notify(this.facts.id, events);
    return { status };
  }

  /** A look-up that is answered from now on must not begin anything in the name of this run. */
  private end(): void {
    this.underway.end();
    this.answers.end();
    this.lookUps.end();
  }

  private moment(): Moment {
    return { now: this.parts.clock.now(), random: this.parts.random() };
  }
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function withoutOperation(decision: Decision): Decision {
  return { ...decision, operation: undefined };
}
