import type {
  AttemptEnded,
  AttemptVerified,
  AttentionResolved,
  RunEvent,
  RunStarted,
  StepEnded,
  StepStarted,
  TimerSet,
} from '../../model/events.ts';
import { wasNeverIntended } from '../../model/faults.ts';
import { stepKeyOf } from '../../model/keys.ts';
import { LimitWaits } from '../../model/limit-waits.ts';
import type { EpochMs } from '../../model/time.ts';

/**
 * What has happened so far, by key. The program of a run asks it before it does anything: what is recorded is taken
 * from here and never done again, so a resumed run goes on where the journal ends.
 */
export interface History {
  readonly started: RunStarted | undefined;
  readonly cancelled: boolean;
  readonly phases: ReadonlySet<string>;
  readonly stepsStarted: ReadonlyMap<string, StepStarted>;
  readonly stepsEnded: ReadonlyMap<string, StepEnded>;
  readonly attempts: ReadonlyMap<string, AttemptRecord>;
  /** `path@poll` → whether the condition held. */
  readonly polls: ReadonlyMap<string, boolean>;
  readonly timers: ReadonlyMap<string, TimerRecord>;
  /** How many probes of a step have said something. */
  readonly probes: ReadonlyMap<string, number>;
  readonly limitWaits: LimitWaits;
  /** What attempts have cost, in order. */
  readonly costs: readonly { readonly key: string; readonly amount: number }[];
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
export function recordHistory(events: readonly RunEvent[]): History {
  const history = new HistoryBuilder();
  for (const event of events) history.add(event);
  return history;
}

/** What happens below a step's key. */
type InsideEvent = Extract<RunEvent, { key: string }>;

class HistoryBuilder implements History {
  started: RunStarted | undefined;
  cancelled = false;
  readonly phases = new Set<string>();
  readonly stepsStarted = new Map<string, StepStarted>();
  readonly stepsEnded = new Map<string, StepEnded>();
  readonly attempts = new Map<string, AttemptRecord>();
  readonly polls = new Map<string, boolean>();
  readonly timers = new Map<string, TimerRecord>();
  readonly probes = new Map<string, number>();
  readonly limitWaits = new LimitWaits();
  readonly costs: { readonly key: string; readonly amount: number }[] = [];

  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.started = event;
        return;
      case 'cancel.requested':
        this.cancelled = true;
        return;
      case 'phase.started':
        this.phases.add(event.phase);
        return;
      case 'run.paused':
      case 'run.timed_out':
      case 'run.resumed':
      case 'run.ended':
        return;
      case 'step.started':
      case 'step.ended':
      case 'body.started':
      case 'body.ended':
      case 'attempt.intended':
      case 'attempt.ended':
      case 'attempt.verified':
      case 'attention.raised':
      case 'attention.resolved':
      case 'poll.ended':
      case 'timer.set':
      case 'timer.fired':
      case 'limit.awaited':
      case 'signal.received':
      case 'approval.requested':
      case 'approval.voted':
      case 'undo.prepared':
      case 'log.written':
        this.addInside(event);
    }
  }

  private addInside(event: InsideEvent): void {
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
      case 'body.started':
      case 'body.ended':
      case 'signal.received':
      case 'approval.requested':
      case 'approval.voted':
      case 'undo.prepared':
    }
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
    if (cost !== undefined) this.costs.push({ key, amount: cost });
  }

  private changeAttempt(key: string, change: Partial<AttemptRecord>): void {
    const known = this.attempts.get(key);
    if (known) this.attempts.set(key, { ...known, ...change });
  }
}

function timerOf({ at, due, cutShort }: Pick<TimerSet, 'at' | 'due' | 'cutShort'>): TimerRecord {
  return { setAt: at, due, cutShort: cutShort === true, fired: false };
}
