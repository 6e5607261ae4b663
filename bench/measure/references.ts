import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';

/** Ten references such as `$step_3.status.state` in the parameters of one step. */
export async function measureReferences(bench: Workbench): Promise<Figures> {
  const worker = await bench.worker('references');
  const ask = (): Promise<{ readonly cpuUs: number }> => worker.ask({});
  await ask();
  const rounds = await eachRound(bench.rounds, ask);
  worker.stop();
  return {
    references: { value: median(rounds.map(({ cpuUs }) => cpuUs)), detail: 'evaluation as the engine does it' },
  };
}
