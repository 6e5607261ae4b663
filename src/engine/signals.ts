import type { Signal } from '../model/requests.ts';
import type { Clock } from './ports.ts';

/** How soon an event that another process has sent is noticed. */
const lookAgainMs = 250;

export interface SignalWant {
  readonly run: string;
  readonly name: string;
  /** Number of the last one that was looked at. */
  readonly after: number;
}

export interface SignalSource {
  signals(name: string, run: string, after: number, limit: number): readonly Signal[];
  lastSignal(): number;
}

/** Brings the events that people send to the runs of this process that wait for them. */
export class Signals {
  private readonly source: SignalSource;
  private readonly clock: Clock;

  constructor(source: SignalSource, clock: Clock) {
    this.source = source;
    this.clock = clock;
  }

  /** The oldest event that a run has not looked at; rejects when the signal aborts first. */
  async next({ run, name, after }: SignalWant, signal: AbortSignal): Promise<Signal> {
    let seen = after;
    for (;;) {
      const last = this.source.lastSignal();
      if (last > seen) {
        const [found] = this.source.signals(name, run, after, 1);
        if (found) return found;
        seen = last;
      }
      await this.clock.until(this.clock.now() + lookAgainMs, signal);
    }
  }
}
