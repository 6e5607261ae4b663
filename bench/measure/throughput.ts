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

interface Pair {
  readonly raw: Load;
  readonly ours: Load;
}

/**
 * Durable runs of ten steps, 50 at once in one process, against as many raw calls in another. Each round begins with
 * two new processes, as a command does; the same again in the same processes shows what is left once all is compiled.
 */
export async function measureThroughput(bench: Workbench): Promise<Figures> {
  const rounds = await eachRound(bench.rounds, () => measureRound(bench));
  const fresh = rounds.map((round) => round.fresh);
  const warm = rounds.map((round) => round.warm);
  return {
    throughput: {
      value: middle(fresh, ({ raw, ours }) => rate(ours) / rate(raw)),
      detail: `${rates(fresh)}; warm ${rates(warm)}, ${middle(warm, ({ raw, ours }) => rate(ours) / rate(raw)).toFixed(2)} x`,
    },
    cpu: {
      value: middle(fresh, ({ raw, ours }) => cpu(ours) / cpu(raw)),
      detail: `${cpus(fresh)}; warm ${cpus(warm)}, ${middle(warm, ({ raw, ours }) => cpu(ours) / cpu(raw)).toFixed(2)} x`,
    },
  };
}

async function measureRound(bench: Workbench): Promise<{ readonly fresh: Pair; readonly warm: Pair }> {
  const url = await bench.bridge();
  const raw = await bench.worker('raw-calls');
  const engine = await bench.worker('durable-runs');
  const folder = bench.folder();
  const once = async (): Promise<Pair> => ({
    raw: await raw.ask<Load>({ url, calls: runs * stepsPerRun, atOnce }),
    ours: await engine.ask<Load>({ url, folder, runs, stepsPerRun, atOnce }),
  });
  const [fresh, warm] = [await once(), await once()];
  raw.stop();
  engine.stop();
  return { fresh, warm };
}

function middle(pairs: readonly Pair[], of: (pair: Pair) => number): number {
  return median(pairs.map(of));
}

function rates(pairs: readonly Pair[]): string {
  const of = (load: (pair: Pair) => Load): string => (middle(pairs, (pair) => rate(load(pair))) * 1_000).toFixed(0);
  return `${of(({ ours }) => ours)}/s of ${of(({ raw }) => raw)}/s`;
}

function cpus(pairs: readonly Pair[]): string {
  const of = (load: (pair: Pair) => Load): string => middle(pairs, (pair) => cpu(load(pair))).toFixed(0);
  return `${of(({ ours }) => ours)} µs to ${of(({ raw }) => raw)} µs`;
}

function rate({ calls, wallMs }: Load): number {
  return calls / wallMs;
}

/** Microseconds per call. */
function cpu({ calls, cpuMs }: Load): number {
  return (cpuMs * 1_000) / calls;
}
