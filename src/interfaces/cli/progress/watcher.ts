import type { CallProgress, RunInfo } from '../../../app/active-run.ts';
import type { RunEvent } from '../../../model/events.ts';

/** Shows a run while it goes on. */
export interface RunWatcher {
  /** Before the run's first event in this process. */
  begins(run: RunInfo): void;
  events(events: readonly RunEvent[]): void;
  /** How far the call of a step has come; absent: its server is not asked. */
  progress?(step: string, progress: CallProgress): void;
  /** A line for the person who watches, such as the answer to Ctrl-C. */
  note(line: string): void;
  /** Holds everything back, off the screen, while a person is asked something; absent: nothing is shown on the way. */
  pause?(): void;
  /** Goes on, beginning with what was held back. */
  resume?(): void;
  /** Leaves the terminal as it should be; may be called twice. */
  ends(): void;
}
