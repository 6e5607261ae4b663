import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';

const runs = 400;
const stepsPerRun = 10;
const atOnce = 50;

/** What one round of a worker took. */
export interface Load {
  readonly calls: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Durable runs of ten steps, 50 at once in one process, against as many raw calls in another. */
export async function measureThroughput(bench: Workbench): Promise<Figures> {
  const url = await bench.bridge();
  const raw = await bench.worker('raw-calls');
  const engine = await bench.worker('durable-runs');
  const folder = bench.folder();
  const callRaw = (): Promise<Load> => raw.ask<Load>({ url, calls: runs * stepsPerRun, atOnce });
  const run = (): Promise<Load> => engine.ask<Load>({ url, folder, runs, stepsPerRun, atOnce });
  // The first round warms both up.
  await callRaw();
  await run();
  const rounds = await eachRound(bench.rounds, async () => ({ raw: await callRaw(), ours: await run() }));
  raw.stop();
  engine.stop();
  const middle = (of: (round: (typeof rounds)[number]) => number): number => median(rounds.map(of));
  return {
    throughput: {
      value: middle(({ raw, ours }) => rate(ours) / rate(raw)),
      detail: `${perSecond(middle(({ ours }) => rate(ours)))}, raw ${perSecond(middle(({ raw }) => rate(raw)))}`,
    },
    cpu: {
      value: middle(({ raw, ours }) => cpu(ours) / cpu(raw)),
      detail: `${middle(({ ours }) => cpu(ours)).toFixed(0)} µs, raw ${middle(({ raw }) => cpu(raw)).toFixed(0)} µs`,
    },
  };
}

function rate({ calls, wallMs }: Load): number {
  return calls / wallMs;
}

/** Microseconds per call. */
function cpu({ calls, cpuMs }: Load): number {
  return (cpuMs * 1_000) / calls;
}

function perSecond(perMs: number): string {
  return `${(perMs * 1_000).toFixed(0)}/s`;
}
