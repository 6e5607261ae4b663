import type { RunEvent } from '../model/events.ts';
import type { RunRecord } from '../model/run-records.ts';
import { isFinal } from '../model/states.ts';
import type { RunInfo } from './active-run.ts';
import type { App } from './app.ts';
import { hideFamily } from './hide-family.ts';

/** What was recorded of a run since it was looked at last. */
export interface RunNews {
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
}

export interface FollowedRecord {
  readonly info: RunInfo;
  /** Everything from the first event on and every change of state, until the run has ended or the signal aborts. */
  readonly news: AsyncIterable<RunNews>;
}

const lookAgainMs = 250;

/**
 * Follows a run that any process works on, from what is recorded.
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, DEFINITION_UNREADABLE
 */
export async function followRecords(app: App, id: string, signal: AbortSignal): Promise<FollowedRecord> {
  const journal = await app.stores.records();
  const record = journal.find(id);
  const { workflow } = journal.definition(record.definition);
  const info: RunInfo = {
    id: record.id,
    workflow,
    sandbox: false,
    dryRun: false,
    ...(record.environment === undefined ? {} : { environment: record.environment }),
    history: [],
  };
  return { info, news: newsOf(app, info, signal) };
}

async function* newsOf(app: App, { id }: RunInfo, signal: AbortSignal): AsyncGenerator<RunNews> {
  const journal = await app.stores.records();
  let seen = 0;
  let status: RunRecord['status'] | undefined;
  for (;;) {
    const began = app.clock.now();
    // In this order: a final state is never told before the events that led there.
    const record = journal.find(id);
    const events = journal.events(id).slice(seen);
    seen += events.length;
    if (events.length > 0) hideFamily(app.configuration.redactor, journal, record);
    if (events.length > 0 || record.status !== status) yield { record, events };
    status = record.status;
    if (isFinal(record.status) || signal.aborted) return;
    // A large journal takes a while to read, and must not be read all the time.
    const pauseMs = Math.max(lookAgainMs, 10 * (app.clock.now() - began));
    await app.clock.until(app.clock.now() + pauseMs, signal).catch(() => undefined);
  }
}
