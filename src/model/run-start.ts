import { RunnerError } from './errors.ts';
import type { RunEvent, RunStarted } from './events.ts';

/**
 * The beginning of a run: its first event, so that no more is read than that.
 * @throws RunnerError STORAGE_CORRUPT
 */
export function startOf(run: string, events: Iterable<RunEvent>): RunStarted {
  for (const event of events) if (event.type === 'run.started') return event;
  throw new RunnerError('STORAGE_CORRUPT', `The journal holds run ${run} without its beginning.`);
}
