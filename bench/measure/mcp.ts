import { createRequire } from 'node:module';
import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';
import type { Load } from './throughput.ts';

const calls = 4_000;
const atOnce = 50;

/** CPU of calls over stdio: by our connector, and by the SDK's client with its own transport. Both against one server. */
export async function measureMcp(bench: Workbench): Promise<Figures> {
  const file = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');
  const [sdk, ours] = [await bench.worker('mcp-calls'), await bench.worker('mcp-calls')];
  const task = { file, folder: bench.folder(), calls, atOnce };
  const round = async () => ({
    sdk: cpuOf(await sdk.ask<Load>({ ...task, who: 'sdk' })),
    ours: cpuOf(await ours.ask<Load>({ ...task, who: 'connector' })),
  });
  // The first round warms both up.
  await round();
  const rounds = await eachRound(bench.rounds, round);
  sdk.stop();
  ours.stop();
  const middle = (of: (each: (typeof rounds)[number]) => number): number => median(rounds.map(of));
  return {
    'mcp-stdio': {
      value: middle((each) => each.ours / each.sdk),
      detail: `${middle((each) => each.ours).toFixed(0)} µs to ${middle((each) => each.sdk).toFixed(0)} µs`,
    },
  };
}

function cpuOf({ cpuMs, calls: count }: Load): number {
  return (cpuMs * 1_000) / count;
}
