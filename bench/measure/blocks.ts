import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';
import type { Load } from './throughput.ts';

const many = 10_000;
const few = 100;
const branches = 1_000;
const steps = 4_900;

/** What an item of a long list costs against one of a short list, and a branch of many against one of few. */
export async function measureItems(bench: Workbench): Promise<Figures> {
  const url = await bench.bridge();
  const cpu = async (items: number, atOnce: number, times: number): Promise<number> => {
    const worker = await bench.worker('blocks');
    const ask = (count: number): Promise<Load> =>
      worker.ask<Load>({ url, folder, task: { kind: 'items', items: count, atOnce } });
    const folder = bench.folder();
    // Warms it up.
    await ask(1_000);
    let used = 0;
    for (let time = 0; time < times; time += 1) used += (await ask(items)).cpuMs;
    worker.stop();
    return (used * 1_000) / (items * times);
  };
  const rounds = await eachRound(bench.rounds, async () => ({
    short: await cpu(few, 10, 20),
    long: await cpu(many, 10, 1),
    narrow: await cpu(10, 10, 100),
    wide: await cpu(branches, branches, 2),
  }));
  const middle = (of: (each: (typeof rounds)[number]) => number): number => median(rounds.map(of));
  return {
    items: {
      value: middle(({ long, short }) => long / short),
      detail: `${micros(middle(({ long }) => long))} an item, ${micros(middle(({ short }) => short))} of ${few}`,
    },
    branches: {
      value: middle(({ wide, narrow }) => wide / narrow),
      detail: `${micros(middle(({ wide }) => wide))} a branch, ${micros(middle(({ narrow }) => narrow))} of 10`,
    },
  };
}

/** A new process over the journal of a run of 5,000 steps, and over one with 10,000 runs in the queue. */
export async function measureReopening(bench: Workbench): Promise<Figures> {
  const url = await bench.bridge();
  const reopened = async (folder: string, kind: 'resume' | 'take'): Promise<number> => {
    const worker = await bench.worker('blocks');
    const { ms } = await worker.ask<{ readonly ms: number }>({ url, folder, task: { kind } });
    worker.stop();
    return ms;
  };
  const [runs, queued] = [bench.folder(), bench.folder()];
  const prepare = await bench.worker('blocks');
  const { bytesPerStep } = await prepare.ask<{ readonly bytesPerStep: number }>({
    url,
    folder: runs,
    task: { kind: 'begin', steps },
  });
  prepare.stop();
  const filling = await bench.worker('blocks');
  await filling.ask({ url, folder: queued, task: { kind: 'queue', runs: many } });
  filling.stop();
  const rounds = await eachRound(bench.rounds, async () => ({
    resume: await reopened(runs, 'resume'),
    take: await reopened(queued, 'take'),
  }));
  return {
    resume: { value: median(rounds.map(({ resume }) => resume)), detail: `${steps} calls in 10 open items` },
    'open-runs': { value: median(rounds.map(({ take }) => take)), detail: 'until the first of them is taken' },
    journal: { value: bytesPerStep / 1_024, detail: 'a call with its params, result and time' },
  };
}

function micros(value: number): string {
  return `${value.toFixed(0)} µs`;
}
