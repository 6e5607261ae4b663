import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';

const runs = 10_000;
const mega = 1_048_576;

interface Sleepers {
  readonly bytesPerRun: number;
  readonly rssBytes: number;
}

/** 10,000 runs in one process, each in a `wait: 1h` after a step whose result it keeps. */
export async function measureSleeping(bench: Workbench): Promise<Figures> {
  const url = await bench.bridge();
  const rounds = await eachRound(bench.rounds, async () => {
    const worker = await bench.worker('sleeping-runs', { nodeFlags: ['--expose-gc'] });
    const sleepers = await worker.ask<Sleepers>({ url, folder: bench.folder(), runs });
    worker.stop();
    return sleepers;
  });
  const perRun = median(rounds.map(({ bytesPerRun }) => bytesPerRun)) / 1_024;
  const whole = median(rounds.map(({ rssBytes }) => rssBytes)) / mega;
  return {
    sleeping: { value: perRun, detail: 'growth of the process' },
    sleepers: { value: whole, detail: 'resident memory of the whole process' },
  };
}
