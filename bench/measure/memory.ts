import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { timeProcess } from '../launch.ts';
import { chainedProject } from '../projects.ts';
import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import { cleanEnvironment, type Workbench } from '../workbench.ts';

/** The most memory that a cold `runner run` of three chained steps ever holds. */
export async function measureMemory(bench: Workbench): Promise<Figures> {
  const [url, runner] = [await bench.bridge(), await bench.runner()];
  const cwd = chainedProject(bench.folder());
  const file = join(cwd, 'peak');
  const env = cleanEnvironment({ MCP_BRIDGE_URL: url, BENCH_PEAK_FILE: file });
  const peaks = await eachRound(bench.rounds, async () => {
    await peakOf({ cwd, env, args: [runner, 'run', 'workflows/chained.yaml'] });
    const run = readPeak(file);
    await peakOf({ cwd, env, args: ['-e', '0'] });
    return { run, node: readPeak(file) };
  });
  const node = median(peaks.map((peak) => peak.node));
  return { memory: { value: median(peaks.map(({ run }) => run)), detail: `a bare node takes ${node.toFixed(1)} MB` } };
}

function peakOf(program: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly args: readonly string[] }) {
  const probe = join(import.meta.dirname, 'peak-probe.cjs');
  return timeProcess({ ...program, command: process.execPath, args: ['--require', probe, ...program.args] });
}

function readPeak(file: string): number {
  return Number(readFileSync(file, 'utf8')) / 1024;
}
