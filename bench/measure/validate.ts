import { timeInTurns, timeProcess } from '../launch.ts';
import { longProject } from '../projects.ts';
import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import { cleanEnvironment, type Workbench } from '../workbench.ts';

const launchesPerRound = 4;

/** `runner validate` of a file with 100 steps as a whole process, against a Node that does nothing. */
export async function measureValidate(bench: Workbench): Promise<Figures> {
  const runner = await bench.runner();
  const cwd = longProject(bench.folder(), 100);
  const env = cleanEnvironment();
  const ours = { command: process.execPath, args: [runner, 'validate', 'workflows/long.yaml'], cwd, env };
  const bare = { command: process.execPath, args: ['-e', '0'], cwd, env };
  await timeProcess(ours);
  await timeProcess(bare);
  const rounds = await eachRound(bench.rounds, () => timeInTurns(ours, bare, launchesPerRound));
  const [oursMs, bareMs] = [median(rounds.map(([ms]) => ms)), median(rounds.map(([, ms]) => ms))];
  const value = median(rounds.map(([one, other]) => one / other));
  return { validate: { value, detail: `${oursMs.toFixed(0)} ms, node ${bareMs.toFixed(0)} ms` } };
}
