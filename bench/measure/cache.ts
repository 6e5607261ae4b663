import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';
import type { Load } from './throughput.ts';

const lookUps = 20_000;
const calls = 1_000;
const runs = 100;

/** What a result from the cache costs: alone against a raw call, and as a durable step against one that calls. */
export async function measureCache(bench: Workbench): Promise<Figures> {
  const url = await bench.bridge();
  const raw = await bench.worker('raw-calls');
  const engine = await bench.worker('cached-calls');
  const folder = bench.folder();
  const ask = async (task: object): Promise<number> => usOf(await engine.ask<Load>({ url, folder, runs, ...task }));
  const round = async () => ({
    raw: usOf(await raw.ask<Load>({ url, calls, atOnce: 1 })),
    look: await ask({ kind: 'look', lookUps }),
    cached: await ask({ kind: 'cached' }),
    called: await ask({ kind: 'called' }),
  });
  // The first round warms both up.
  await round();
  const rounds = await eachRound(bench.rounds, round);
  raw.stop();
  engine.stop();
  const middle = (of: (each: (typeof rounds)[number]) => number): number => median(rounds.map(of));
  return {
    'cache-look': {
      value: middle(({ look, raw: call }) => look / call),
      detail: `${middle(({ look }) => look).toFixed(1)} µs, raw ${middle(({ raw: call }) => call).toFixed(0)} µs`,
    },
    'cache-step': {
      value: middle(({ cached, called }) => cached / called),
      detail: `${middle(({ cached }) => cached).toFixed(0)} µs, called ${middle(({ called }) => called).toFixed(0)} µs`,
    },
  };
}

function usOf({ wallMs, calls: count }: Load): number {
  return (wallMs * 1_000) / count;
}
