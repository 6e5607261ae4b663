import type {
  AttemptEnded,
  AttentionResolved,
  RunEvent,
  RunStarted,
  StepEnded,
  StepStarted,
  TimerSet,
} from '../../model/events.ts';
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
}

export interface AttemptRecord {
  readonly intendedAt: EpochMs;
  readonly ended?: AttemptEnded;
  readonly raised?: true;
  readonly resolution?: AttentionResolved;
}

export interface TimerRecord {
  readonly setAt: EpochMs;
  readonly due: EpochMs;
  readonly cutShort: boolean;
  readonly fired: boolean;
}

/** Folds events into a history. */
export function recordHistory(events: readonly RunEvent[]): History {
  const history = new HistoryBuilder();
  for (const event of events) history.add(event);
  return history;
}

class HistoryBuilder implements History {
  started: RunStarted | undefined;
  cancelled = false;
  readonly phases = new Set<string>();
  readonly stepsStarted = new Map<string, StepStarted>();
  readonly stepsEnded = new Map<string, StepEnded>();
  readonly attempts = new Map<string, AttemptRecord>();
  readonly polls = new Map<string, boolean>();
  readonly timers = new Map<string, TimerRecord>();

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
      case 'step.started':
        this.stepsStarted.set(event.key, event);
        return;
      case 'step.ended':
        this.stepsEnded.set(event.key, event);
        return;
      case 'attempt.intended':
        // A repeated intent of the same attempt (after a crash or a decision by hand) begins it anew.
        this.attempts.set(event.key, { intendedAt: event.at });
        return;
      case 'attempt.ended':
        this.changeAttempt(event.key, { ended: event });
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
      case 'log.written':
      case 'run.resumed':
      case 'run.ended':
    }
  }

  private changeAttempt(key: string, change: Partial<AttemptRecord>): void {
    const known = this.attempts.get(key);
    if (known) this.attempts.set(key, { ...known, ...change });
  }
}

function timerOf({ at, due, cutShort }: Pick<TimerSet, 'at' | 'due' | 'cutShort'>): TimerRecord {
  return { setAt: at, due, cutShort: cutShort === true, fired: false };
}
