import type { Action } from '../../model/actions.ts';
import type { ApprovalRequested, ApprovalVoted } from '../../model/approvals.ts';
import type {
  AttemptEnded,
  AttemptVerified,
  AttentionResolved,
  BodyEnded,
  BodyStarted,
  RunEvent,
  RunStarted,
  SignalReceived,
  StepEnded,
  StepStarted,
  TimerSet,
  UndoPrepared,
} from '../../model/events.ts';
import { wasNeverIntended } from '../../model/faults.ts';
import { callKeyOf, stepKeyOf } from '../../model/keys.ts';
import { LimitWaits } from '../../model/limit-waits.ts';
import type { EpochMs } from '../../model/time.ts';

/**
 * What has happened so far, by key. The program of a run asks it before it does anything: what is recorded is taken
 * from here and never done again, so a resumed run goes on where the journal ends.
 */
export interface History {
  readonly started: RunStarted | undefined;
  /** When the run's own time is over. */
  readonly deadline: EpochMs | undefined;
  readonly cancelled: boolean;
  readonly timedOut: boolean;
  readonly phases: ReadonlySet<string>;
  /** Rounds, cases and handlers that were chosen. */
  readonly bodiesStarted: ReadonlySet<string>;
  /** True where something below a body that has not ended is recorded. */
  hasInside(body: string): boolean;
  /** In the order in which they ended. What lies below one of them is not kept. */
  readonly bodiesEnded: ReadonlyMap<string, BodyEnded>;
  readonly stepsStarted: ReadonlyMap<string, StepStarted>;
  readonly stepsEnded: ReadonlyMap<string, StepEnded>;
  readonly attempts: ReadonlyMap<string, AttemptRecord>;
  /** `path@poll` → whether the condition held. */
  readonly polls: ReadonlyMap<string, boolean>;
  readonly timers: ReadonlyMap<string, TimerRecord>;
  /** How many probes of a step have said something. */
  readonly probes: ReadonlyMap<string, number>;
  readonly limitWaits: LimitWaits;
  /** What attempts have cost, in order, and by which action; `call` is `path` or `path@poll`. */
  readonly costs: readonly { readonly call: string; readonly amount: number; readonly action: Action }[];
  /** The signal that a waiting step has taken, by step key. */
  readonly signals: ReadonlyMap<string, SignalReceived>;
  /** Numbers of all signals that the run has taken. */
  readonly takenSignals: ReadonlySet<number>;
  readonly approvals: ReadonlyMap<string, ApprovalRecord>;
  /** Compensations in the order in which their effects succeeded. */
  readonly undos: readonly UndoPrepared[];
}

export interface AttemptRecord {
  readonly intendedAt: EpochMs;
  /** How often it was sent before and cut off by a crash, without a word that it did not happen. */
  readonly cutOff: number;
  readonly ended?: AttemptEnded;
  readonly verified?: AttemptVerified;
  readonly raised?: true;
  readonly resolution?: AttentionResolved;
}

export interface ApprovalRecord {
  readonly requested: ApprovalRequested;
  readonly votes: readonly ApprovalVoted[];
}

export interface TimerRecord {
  readonly setAt: EpochMs;
  readonly due: EpochMs;
  readonly cutShort: boolean;
  readonly fired: boolean;
}

/** How often an attempt may have been executed unseen, once it is sent again. */
export function cutOffBefore(record: AttemptRecord | undefined): number {
  if (!record || record.ended) return 0;
  return record.cutOff + (record.verified?.verdict === 'not_happened' ? 0 : 1);
}

/** Folds events into a history. */
export function recordHistory(events: Iterable<RunEvent>): History {
  const history = new HistoryBuilder();
  for (const event of events) history.add(event);
  return history;
}

/** What happens below a step's key. */
type InsideEvent = Extract<RunEvent, { key: string }>;
type StepEvent = Exclude<
  InsideEvent,
  BodyStarted | BodyEnded | SignalReceived | ApprovalRequested | ApprovalVoted | UndoPrepared
>;

class HistoryBuilder implements History {
  started: RunStarted | undefined;
  deadline: EpochMs | undefined;
  cancelled = false;
  timedOut = false;
  readonly phases = new Set<string>();
  readonly bodiesStarted = new Set<string>();
  readonly bodiesEnded = new Map<string, BodyEnded>();
  readonly stepsStarted = new Map<string, StepStarted>();
  readonly stepsEnded = new Map<string, StepEnded>();
  readonly attempts = new Map<string, AttemptRecord>();
  readonly polls = new Map<string, boolean>();
  readonly timers = new Map<string, TimerRecord>();
  readonly probes = new Map<string, number>();
  readonly limitWaits = new LimitWaits();
  readonly costs: { readonly call: string; readonly amount: number; readonly action: Action }[] = [];
  readonly signals = new Map<string, SignalReceived>();
  readonly takenSignals = new Set<number>();
  readonly approvals = new Map<string, ApprovalRecord>();
  readonly undos: UndoPrepared[] = [];
  /** What is known below each body that has not ended: the keys by body. */
  private readonly inside = new Map<string, Set<string>>();

  add(event: RunEvent): void {
    if ('key' in event) {
      this.addInside(event);
      return;
    }
    switch (event.type) {
      case 'run.started':
        this.started = event;
        this.deadline = event.deadline;
        return;
      case 'cancel.requested':
        this.cancelled = true;
        return;
      case 'phase.started':
        this.phases.add(event.phase);
        return;
      case 'run.timed_out':
        this.timedOut = true;
        return;
      case 'run.resumed':
        this.deadline = event.deadline ?? this.deadline;
        return;
      case 'run.paused':
      case 'run.ended':
        return;
    }
  }

  private addInside(event: InsideEvent): void {
    this.note(event.key);
    switch (event.type) {
      case 'body.started':
        this.bodiesStarted.add(event.key);
        return;
      case 'body.ended':
        this.prune(event.key);
        this.bodiesEnded.set(event.key, event);
        return;
      case 'signal.received':
        this.signals.set(event.key, event);
        this.takenSignals.add(event.signal);
        return;
      case 'approval.requested':
        this.approvals.set(event.key, { requested: event, votes: [] });
        return;
      case 'approval.voted':
        this.addVote(event);
        return;
      case 'undo.prepared':
        this.undos.push(event);
        return;
      case 'step.started':
      case 'step.ended':
      case 'attempt.intended':
      case 'attempt.ended':
      case 'attempt.verified':
      case 'attention.raised':
      case 'attention.resolved':
      case 'poll.ended':
      case 'timer.set':
      case 'timer.fired':
      case 'limit.awaited':
      case 'log.written':
        this.addOfStep(event);
    }
  }

  private addOfStep(event: StepEvent): void {
    switch (event.type) {
      case 'step.started':
        this.stepsStarted.set(event.key, event);
        return;
      case 'step.ended':
        this.stepsEnded.set(event.key, event);
        return;
      case 'attempt.intended':
        // A repeated intent of the same attempt (after a crash or a decision by hand) begins it anew.
        this.limitWaits.end(event.key, event.at);
        this.attempts.set(event.key, { intendedAt: event.at, cutOff: cutOffBefore(this.attempts.get(event.key)) });
        return;
      case 'attempt.ended':
        this.limitWaits.end(event.key, event.at);
        this.addEnd(event);
        return;
      case 'attempt.verified':
        this.addVerdict(event);
        return;
      case 'attention.raised':
        this.changeAttempt(event.key, { raised: true });
        return;
      case 'attention.resolved':
        this.changeAttempt(event.key, { resolution: event });
        return;
      case 'poll.ended':
        this.polls.set(event.key, event.met);
        return;
      case 'timer.set':
        this.timers.set(event.key, timerOf(event));
        return;
      case 'timer.fired':
        this.timers.set(event.key, {
          ...(this.timers.get(event.key) ?? timerOf({ ...event, due: event.at })),
          fired: true,
        });
        return;
      case 'limit.awaited':
        this.limitWaits.begin(event.key, event.at);
        return;
      case 'log.written':
    }
  }

  /** Remembers below which body a key lies: `deploy[3].release` below `deploy[3]`. */
  private note(key: string): void {
    const end = key.lastIndexOf('.');
    if (end < 0) return;
    const body = key.slice(0, end);
    const known = this.inside.get(body);
    if (known) known.add(key);
    else this.inside.set(body, new Set([key]));
  }

  hasInside(body: string): boolean {
    return this.inside.has(body);
  }

  /** Nobody asks any more for what happened inside a body that has ended. */
  private prune(body: string): void {
    for (const key of this.inside.get(body) ?? []) {
      for (const kept of [this.stepsStarted, this.stepsEnded, this.attempts, this.polls, this.timers]) kept.delete(key);
      for (const kept of [this.probes, this.signals, this.approvals, this.bodiesEnded]) kept.delete(key);
      this.bodiesStarted.delete(key);
      this.limitWaits.forget(key);
    }
    this.inside.delete(body);
  }

  private addVote(event: ApprovalVoted): void {
    const known = this.approvals.get(event.key);
    if (known) this.approvals.set(event.key, { ...known, votes: [...known.votes, event] });
  }

  /** One that was refused before it was intended has an end and no beginning. */
  private addEnd(event: AttemptEnded): void {
    const known = this.attempts.get(event.key);
    const refused = event.fault !== undefined && wasNeverIntended(event.fault);
    const cutOff = refused ? cutOffBefore(known) : (known?.cutOff ?? 0);
    this.attempts.set(event.key, { intendedAt: event.at, ...known, cutOff, ended: event });
    this.addCost(event);
  }

  private addVerdict(event: AttemptVerified): void {
    const step = stepKeyOf(event.key);
    this.probes.set(step, (this.probes.get(step) ?? 0) + 1);
    this.changeAttempt(event.key, { verified: event });
    this.addCost(event);
  }

  private addCost({ key, cost }: AttemptEnded | AttemptVerified): void {
    const action = this.stepsStarted.get(stepKeyOf(key))?.action;
    if (cost !== undefined && action) this.costs.push({ call: callKeyOf(key), amount: cost, action });
  }

  private changeAttempt(key: string, change: Partial<AttemptRecord>): void {
    const known = this.attempts.get(key);
    if (known) this.attempts.set(key, { ...known, ...change });
  }
}

function timerOf({ at, due, cutShort }: Pick<TimerSet, 'at' | 'due' | 'cutShort'>): TimerRecord {
  return { setAt: at, due, cutShort: cutShort === true, fired: false };
}
