/**
 * Appends to the journal of a folder until it is killed, and prints one line for each event once it is acknowledged.
 *
 *   journal-writer.ts <folder> <life> [NORMAL]
 *
 * `NORMAL` makes the promise a lie: commits are not waited for.
 */
import { openJournal } from '../../src/adapters/sqlite/journal.ts';
import { RunnerError } from '../../src/model/errors.ts';
import { alice, fired, newRun, numbers, started } from '../support/sample-run.ts';

const [folder = '', life = '', synchronous] = process.argv.slice(2);
const owner = { ...alice, instance: `life-${life}` };
const journal = await openJournal({
  folder,
  isAlive: () => false,
  clock: { now: () => Date.now() },
  onFull: ({ code }) => process.stdout.write(`paused ${code}\n`),
});
if (synchronous === 'NORMAL') journal.store.connection.pragma('synchronous = NORMAL');

await Promise.all(numbers(5).map((n) => appendForEver(`run-${n}`)));

async function appendForEver(run: string): Promise<void> {
  const epoch = await claimOrCreate(run);
  for (let count = 1; ; count += 1) {
    const key = `${life}:${count}:${'x'.repeat((count % 7) * 300)}`;
    try {
      await journal.append(run, epoch, [fired(key)]);
      process.stdout.write(`${run} ${key}\n`);
    } catch (error) {
      await reportAndWait(error);
    }
  }
}

async function claimOrCreate(run: string): Promise<number> {
  try {
    return await journal.claim(run, owner);
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'RUN_NOT_FOUND') throw error;
    await journal.create(newRun(run, Date.now()), owner, [started(Date.now())]);
    return 1;
  }
}

async function reportAndWait(error: unknown): Promise<void> {
  process.stdout.write(`refused ${error instanceof RunnerError ? error.code : String(error)}\n`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
