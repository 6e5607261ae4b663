import { setMaxListeners } from 'node:events';
import type { StepResult } from '../model/actions.ts';
import type { Signal, Vote } from '../model/requests.ts';
import { isFinal } from '../model/states.ts';
import type { Answers } from './answers.ts';
import type {
  ApprovalOperation,
  AttemptOperation,
  ChildOperation,
  Completion,
  Operation,
  SignalOperation,
  TimerOperation,
} from './core/operations.ts';
import { idleness } from './idleness.ts';
import type { DriverParts, Idle } from './parts.ts';

/** A vote, and the number of the request that it came with. */
export interface GivenVote {
  readonly vote: Vote;
  readonly request?: number;
}

interface Ways {
  readonly answers: Answers;
  readonly deliver: (key: string, completion: Completion) => void;
  readonly fail: (error: unknown) => void;
  /** Something has ended without a completion. */
  readonly rested: () => void;
}

/** The operations of one run that have been decided and have not completed. */
export class Underway {
  private readonly parts: DriverParts;
  private readonly run: string;
  private readonly ways: Ways;
  private readonly open = new Map<string, Operation>();
  private readonly aborts = new Map<string, AbortController>();
  /** Attempts that wait for a place in this process, before their intent. */
  private readonly inLine = new Map<string, () => void>();
  private readonly votes: GivenVote[] = [];
  /** Approvals whose vote has come and is about to be delivered. */
  private readonly answered = new Set<string>();
  private readonly heard = new Map<string, (vote: GivenVote) => void>();
  private readonly idleChildren = new Map<string, Idle>();
  /** Children that wait for a person. */
  private readonly stuck = new Set<string>();
  /** Aborted when this process is to leave the run: children are left too. */
  private readonly leaving = new AbortController();
  /** Serves one operation after another until it is aborted, since a new one per call is dear. */
  private spare: AbortController | undefined;

  constructor(parts: DriverParts, run: string, ways: Ways) {
    this.parts = parts;
    this.run = run;
    this.ways = ways;
  }

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  /** True while something happens that is not a mere wait. */
  get isActive(): boolean {
    if (this.answered.size > 0) return true;
    for (const [key, { kind }] of this.open) {
      if (!waits.has(kind) && !this.stuck.has(key) && !this.idleChildren.has(key)) return true;
    }
    return false;
  }

  /** True where a part of the run goes on only when a person has said what became of a call. */
  get needsPerson(): boolean {
    if (this.stuck.size > 0) return true;
    for (const { kind } of this.open.values()) if (kind === 'attention') return true;
    return false;
  }

  /** An operation was decided; it begins once that is durable. */
  announce(operation: Operation | undefined): void {
    if (operation) this.open.set(operation.key, operation);
  }

  begin(operation: Operation): void {
    const { key } = operation;
    if (this.leaving.signal.aborted && operation.kind !== 'attempt') {
      this.open.delete(key);
      return;
    }
    const abort = this.aborts.get(key) ?? this.spare ?? new AbortController();
    this.spare = undefined;
    this.aborts.set(key, abort);
    void this.perform(operation, abort);
  }

  /** The attempt's intent was not stored. */
  refuse(operation: Operation, completion: Completion): void {
    if (operation.kind === 'attempt') this.parts.places.give();
    this.complete(operation.key, completion);
  }

  /** @param given the place is taken: the intent may be stored */
  awaitPlace(key: string, given: () => void): void {
    const leave = this.parts.places.await(() => {
      this.inLine.delete(key);
      given();
    });
    this.inLine.set(key, leave);
  }

  /** Ends operations; their completions are delivered all the same. */
  abort(keys: readonly string[]): void {
    for (const key of keys) {
      if (!this.open.has(key)) continue;
      const leave = this.inLine.get(key);
      if (leave) {
        leave();
        this.inLine.delete(key);
        this.complete(key, { kind: 'attempt', result: notBegun, durationMs: 0 });
        continue;
      }
      const abort = this.aborts.get(key) ?? new AbortController();
      this.aborts.set(key, abort);
      abort.abort();
    }
  }

  /** Ends operations, calls only after a while in which they may end by themselves. */
  cancel(keys: readonly string[], graceMs: number): void {
    const isCall = (key: string): boolean => this.open.get(key)?.kind === 'attempt' && !this.inLine.has(key);
    const calls = graceMs > 0 ? keys.filter(isCall) : [];
    this.abort(keys.filter((key) => !calls.includes(key)));
    if (calls.length > 0) void this.abortAfter(graceMs, calls);
  }

  private async abortAfter(graceMs: number, keys: readonly string[]): Promise<void> {
    const due = this.parts.clock.now() + graceMs;
    if ((await this.until({ due }, this.leaving.signal)) === 'fired') this.abort(keys);
  }

  /** Ends all waits without a completion; calls go on to their end. */
  stop(reason: 'waiting' | 'interrupted' | 'paused' | 'needs_attention' = 'interrupted'): void {
    this.leaving.abort(reason);
    // They are left too, and the run only after them.
    this.idleChildren.clear();
    this.answered.clear();
    for (const [key, leave] of this.inLine) {
      leave();
      this.open.delete(key);
    }
    this.inLine.clear();
    for (const [key, { kind }] of this.open) {
      if (kind === 'attempt' || (kind === 'child' && !this.stuck.has(key))) continue;
      this.open.delete(key);
      this.aborts.get(key)?.abort();
    }
  }

  vote(given: GivenVote): void {
    const { step } = given.vote;
    const hear = this.heard.get(step);
    if (!hear) {
      this.votes.push(given);
      return;
    }
    this.heard.delete(step);
    this.answered.add(step);
    hear(given);
  }

  /** Numbers of the requests about what is not asked. */
  get uselessRequests(): readonly number[] {
    return this.votes.flatMap(({ request }) => (request === undefined ? [] : [request]));
  }

  /** What the run waits for, where it does nothing else and what it waits for needs no process. */
  get idle(): Idle | undefined {
    return idleness(this.open.values(), this.idleChildren, { journal: this.parts.journal, run: this.run });
  }

  end(): void {
    this.stop();
    // A child that is left goes on one day: it is not cancelled.
    for (const [key, abort] of this.aborts) if (this.open.get(key)?.kind !== 'child') abort.abort();
    this.spare?.abort();
  }

  private async perform(operation: Operation, abort: AbortController): Promise<void> {
    try {
      const completion = await this.await(operation, abort.signal);
      if (operation.kind === 'attempt') this.parts.places.give();
      this.aborts.delete(operation.key);
      if (!abort.signal.aborted) this.spare = abort;
      if (completion && this.open.get(operation.key) === operation) this.complete(operation.key, completion);
    } catch (error) {
      this.ways.fail(error);
    }
  }

  private complete(key: string, completion: Completion): void {
    this.open.delete(key);
    this.answered.delete(key);
    this.ways.deliver(key, completion);
  }

  /** Undefined where the operation goes on without this process. */
  private async await(operation: Operation, signal: AbortSignal): Promise<Completion | undefined> {
    const { answers } = this.ways;
    switch (operation.kind) {
      case 'attempt':
        return this.attempt(operation, signal);
      case 'timer':
        return { kind: 'timer', outcome: await this.until(operation, signal) };
      case 'admission':
        return answers.awaitAdmission(operation, signal);
      case 'refusal':
        return answers.awaitRefusal(operation.key);
      case 'cache':
        return answers.awaitHit(operation, signal);
      case 'attention':
        return until(signal).then(() => ({ kind: 'attention', outcome: 'aborted' }));
      case 'signal':
        return this.signal(operation, signal);
      case 'approval':
        return this.approval(operation, signal);
      case 'state':
        return {
          kind: 'state',
          value: this.parts.journal.state.get(operation.space, operation.name, this.parts.clock.now()),
        };
      case 'child':
        return this.child(operation, signal);
    }
  }

  private async attempt(operation: AttemptOperation, signal: AbortSignal): Promise<Completion> {
    const { clock, attempts } = this.parts;
    const startedAt = clock.now();
    const result = await attempts.perform(this.run, operation, signal);
    this.ways.answers.endAdmission(operation.key, result);
    return { kind: 'attempt', result, durationMs: Math.max(0, clock.now() - startedAt) };
  }

  private async child(operation: ChildOperation, signal: AbortSignal): Promise<Completion | undefined> {
    const idle = (now: Idle | undefined): void => {
      if (now && !this.leaving.signal.aborted) this.idleChildren.set(operation.key, now);
      else this.idleChildren.delete(operation.key);
      this.ways.rested();
    };
    const ways = { signal, leaving: this.leaving.signal, idle };
    const end = await this.parts.children({ parent: this.run, operation }, ways);
    this.idleChildren.delete(operation.key);
    if (isFinal(end.status)) return { kind: 'child', end };
    if (end.status === 'needs_attention') this.stuck.add(operation.key);
    else this.open.delete(operation.key);
    this.ways.rested();
    return undefined;
  }

  private until({ due }: Pick<TimerOperation, 'due'>, signal: AbortSignal): Promise<'fired' | 'aborted'> {
    return this.parts.clock.until(due, signal).then(
      () => 'fired',
      () => 'aborted',
    );
  }

  private async approval({ key, due }: ApprovalOperation, signal: AbortSignal): Promise<Completion> {
    const known = this.votes.findIndex(({ vote }) => vote.step === key);
    const [given] = known < 0 ? [] : this.votes.splice(known, 1);
    if (given) {
      this.answered.add(key);
      return { kind: 'approval', outcome: 'voted', ...given };
    }
    const voted = new Promise<GivenVote>((resolve) => {
      this.heard.set(key, resolve);
    });
    const first = await this.firstOf(voted, due, signal);
    this.heard.delete(key);
    if (first === 'fired' || first === 'aborted') return { kind: 'approval', outcome: first };
    return { kind: 'approval', outcome: 'voted', ...first };
  }

  private async signal(operation: SignalOperation, signal: AbortSignal): Promise<Completion> {
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const sent = this.parts.signals.next({ ...operation, run: this.run }, ended);
    const first = await this.firstOf(unlessAborted(sent, ended), operation.due, signal);
    over.abort();
    const taken = first === 'aborted' ? first : this.inTime(operation, first);
    if (taken === 'fired' || taken === 'aborted') return { kind: 'signal', outcome: taken };
    return { kind: 'signal', outcome: 'received', signal: taken };
  }

  /** What was sent in time counts, also where nobody looked before the time was over. */
  private inTime(
    { name, after, due = Number.POSITIVE_INFINITY }: SignalOperation,
    first: Signal | 'fired',
  ): Signal | 'fired' {
    const [oldest] = first === 'fired' ? this.parts.journal.signals(name, this.run, after, 1) : [first];
    return oldest && oldest.at <= due ? oldest : 'fired';
  }

  private async firstOf<T>(
    awaited: Promise<T>,
    due: number | undefined,
    signal: AbortSignal,
  ): Promise<T | 'fired' | 'aborted'> {
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const time = due === undefined ? until(ended).then(() => 'aborted' as const) : this.until({ due }, ended);
    try {
      return await Promise.race([awaited, time]);
    } finally {
      over.abort();
    }
  }
}

/** Kinds that may last for days and need nothing of this process. */
const waits: ReadonlySet<Operation['kind']> = new Set(['timer', 'admission', 'signal', 'approval', 'attention']);

const notBegun: StepResult = {
  ok: false,
  fault: {
    kind: 'cancelled',
    message: 'Cancelled before the call began.',
    outcome: 'not_executed',
    transient: false,
  },
};

/** Never settles once the signal has aborted: somebody else tells of that. */
async function unlessAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await awaited;
  } catch (error) {
    if (!signal.aborted) throw error;
    return new Promise<never>(() => undefined);
  }
}

function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  setMaxListeners(0, signal);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
