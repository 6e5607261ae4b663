import { fdatasyncSync, openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';
import type { Load } from './throughput.ts';

const runs = 100;
const stepsPerRun = 10;

/** What durability costs each step when nothing else is under way: runs one after another, against raw calls. */
export async function measureAlone(bench: Workbench): Promise<Figures> {
  const url = await bench.bridge();
  const raw = await bench.worker('raw-calls');
  const engine = await bench.worker('durable-runs');
  const folder = bench.folder();
  const callRaw = (): Promise<Load> => raw.ask<Load>({ url, calls: runs * stepsPerRun, atOnce: 1 });
  const run = (): Promise<Load> => engine.ask<Load>({ url, folder, runs, stepsPerRun, atOnce: 1 });
  await callRaw();
  await run();
  const rounds = await eachRound(bench.rounds, async () => ({
    raw: perCall(await callRaw()),
    ours: perCall(await run()),
  }));
  raw.stop();
  engine.stop();
  const [ours, rawMs] = [median(rounds.map((round) => round.ours)), median(rounds.map((round) => round.raw))];
  return {
    alone: {
      value: median(rounds.map((round) => round.ours - round.raw)),
      detail: `${ours.toFixed(2)} ms, raw ${rawMs.toFixed(2)} ms; the disk alone ${syncMs(folder).toFixed(2)} ms`,
    },
  };
}

/** Median milliseconds that the disk takes to keep 4 KB: part of every durable step, and of no raw call. */
function syncMs(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w');
  const page = Buffer.alloc(4_096);
  const times = Array.from({ length: 100 }, () => {
    writeSync(file, page);
    const startedAt = performance.now();
    fdatasyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  return median(times);
}

function perCall({ wallMs, calls }: Load): number {
  return wallMs / calls;
}
