import type { Journal } from '../engine/ports.ts';
import type { RunRecord } from '../model/run-records.ts';
import { isFinal } from '../model/states.ts';
import type { RunStatus } from '../model/states.ts';
import { RunnerError } from '../model/errors.ts';
import { runFinal } from '../model/ownership.ts';
import type { RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { cancelOwnerless } from './continue-run.ts';
import { livingOwnerOf } from './executors.ts';

const askAgainMs = 100;

export interface CancelRequest {
  readonly by: string;
  readonly observer: RunObserver;
  /** How long calls in flight may go on by themselves. */
  readonly graceMs: number;
  /** How long a living owner may take. */
  readonly patienceMs: number;
}

/**
 * Cancels a run: a living owner is asked and waited for; a run that nobody owns is claimed and cancelled here, so that
 * its `finally` runs.
 * @returns the run's status afterwards
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_FINAL; RUN_OWNED when its owner does not answer
 */
export async function cancelRun(
  app: App,
  id: string,
  { by, observer, graceMs, patienceMs }: CancelRequest,
): Promise<{ readonly id: string; readonly status: RunStatus }> {
  const journal = await app.stores.journal();
  const record = journal.find(id);
  if (isFinal(record.status)) {
    throw runFinal(record.id, record.status);
  }
  await journal.request(record.id, { kind: 'cancel', by, graceMs });
  if ((await livingOwnerOf(record)) !== undefined)
    return { id: record.id, status: await waitForEnd(app, journal, record, patienceMs) };
  try {
    const { status } = await (await cancelOwnerless(app, record.id, by, observer)).done;
    return { id: record.id, status };
  } catch (error) {
    // A worker may have been faster, and carries the request out.
    if (!(error instanceof RunnerError) || error.code !== 'RUN_OWNED') throw error;
    return { id: record.id, status: await waitForEnd(app, journal, record, patienceMs) };
  }
}

async function waitForEnd(app: App, journal: Journal, record: RunRecord, patienceMs: number): Promise<RunStatus> {
  const giveUpAt = app.clock.now() + patienceMs;
  const { signal } = new AbortController();
  for (;;) {
    const { status } = journal.find(record.id);
    if (isFinal(status)) return status;
    if (app.clock.now() >= giveUpAt) break;
    await app.clock.until(app.clock.now() + askAgainMs, signal);
  }
  throw new RunnerError(
    'RUN_OWNED',
    `Process ${record.owner?.pid ?? '?'} was asked to cancel run ${record.id}, and has not ended it yet.`,
    { hint: `A step may need time to stop. Look again with: runner show ${record.id}` },
  );
}
