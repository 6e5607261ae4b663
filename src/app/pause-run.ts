import type { RunStatus } from '../model/states.ts';
import { isFinal } from '../model/states.ts';
import { runFinal } from '../model/ownership.ts';
import type { RunRecord } from '../model/run-records.ts';
import type { App } from './app.ts';
import { livingOwnerOf } from './executors.ts';

const lookAgainMs = 100;

/**
 * Pauses a run: a living owner is asked and waited for; one that nobody has is paused here.
 * @param patienceMs how long the calls in flight may take to end
 * @returns its status afterwards: still `running` where they take longer
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_FINAL, RUN_QUARANTINED
 */
export async function pauseRun(
  app: App,
  id: string,
  { by, patienceMs }: { readonly by: string; readonly patienceMs: number },
): Promise<{ readonly id: string; readonly status: RunStatus }> {
  const journal = await app.stores.journal();
  const record = journal.find(id);
  if (isFinal(record.status)) throw runFinal(record.id, record.status);
  if (record.status === 'paused') return { id: record.id, status: 'paused' };
  if ((await livingOwnerOf(record)) === undefined) return { id: record.id, status: await pauseHere(app, record, by) };
  await journal.request(record.id, { kind: 'pause', by });
  const until = app.clock.now() + patienceMs;
  const { signal } = new AbortController();
  for (;;) {
    const { status } = journal.find(record.id);
    if (status === 'paused' || isFinal(status) || app.clock.now() >= until) return { id: record.id, status };
    await app.clock.until(app.clock.now() + lookAgainMs, signal);
  }
}

/** Nothing is under way in a run that nobody has, so nothing but its state changes. */
async function pauseHere(app: App, { id, status }: RunRecord, by: string): Promise<RunStatus> {
  const [journal, { currentOwner }] = await Promise.all([app.stores.journal(), import('../adapters/system/owner.ts')]);
  // A queued one is paused though its group has no room for it.
  const epoch = await journal.claim(id, currentOwner(), { force: status === 'queued' });
  const at = app.clock.now();
  await journal.append(id, epoch, [{ type: 'run.paused', at, by }], { status: 'paused', release: true });
  return 'paused';
}
