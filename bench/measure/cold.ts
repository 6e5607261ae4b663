import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { timeInTurns, timeProcess } from '../launch.ts';
import { chainedProject } from '../projects.ts';
import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import { cleanEnvironment, type Workbench } from '../workbench.ts';

const launchesPerRound = 4;

/** `runner run` as a whole process, its journal on, against a script that makes the same three calls. */
export async function measureCold(bench: Workbench): Promise<Figures> {
  requireTools(['bash', 'curl', 'jq']);
  const [url, runner] = [await bench.bridge(), await bench.runner()];
  const cwd = chainedProject(bench.folder());
  const env = cleanEnvironment({ MCP_BRIDGE_URL: url });
  const ours = { command: process.execPath, args: [runner, 'run', 'workflows/chained.yaml'], cwd, env };
  const script = { command: 'bash', args: [join(import.meta.dirname, 'chained.sh')], cwd, env };
  await timeProcess(ours);
  await timeProcess(script);
  const rounds = await eachRound(bench.rounds, () => timeInTurns(ours, script, launchesPerRound));
  const [oursMs, scriptMs] = [median(rounds.map(([ms]) => ms)), median(rounds.map(([, ms]) => ms))];
  const value = median(rounds.map(([one, other]) => one / other));
  return { cold: { value, detail: `${oursMs.toFixed(0)} ms, script ${scriptMs.toFixed(0)} ms` } };
}

function requireTools(names: readonly string[]): void {
  for (const name of names) {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
    } catch {
      throw new Error(`The row "cold" compares with a script that needs ${name}; install the package "${name}".`);
    }
  }
}
