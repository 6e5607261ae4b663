import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';
import type { Load } from './throughput.ts';

const calls = 10_000;
const atOnce = 50;

/** CPU that circuit breaker, concurrency and time-outs add to a call whose connector answers at once. */
export async function measurePolicies(bench: Workbench): Promise<Figures> {
  const worker = await bench.worker('policy-calls');
  const task = { folder: bench.folder(), calls, atOnce };
  const round = async () => ({
    bare: cpuOf(await worker.ask<Load>({ ...task, isGuarded: false })),
    guarded: cpuOf(await worker.ask<Load>({ ...task, isGuarded: true })),
  });
  // The first round warms it up.
  await round();
  const rounds = await eachRound(bench.rounds, round);
  worker.stop();
  const middle = (of: (each: (typeof rounds)[number]) => number): number => median(rounds.map(of));
  return {
    policies: {
      value: middle(({ guarded, bare }) => guarded - bare),
      detail: `${middle(({ guarded }) => guarded).toFixed(1)} µs, the call alone ${middle(({ bare }) => bare).toFixed(1)} µs`,
    },
  };
}

function cpuOf({ cpuMs, calls: count }: Load): number {
  return (cpuMs * 1_000) / count;
}
