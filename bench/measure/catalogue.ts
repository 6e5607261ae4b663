import { eachRound, median } from '../rounds.ts';
import type { Figures } from '../table.ts';
import type { Workbench } from '../workbench.ts';

/** The catalogue with 5,000 tools and their schemas, from a file that was just opened. */
export async function measureCatalogue(bench: Workbench): Promise<Figures> {
  const worker = await bench.worker('catalogue');
  const folder = bench.folder();
  const ask = (): Promise<{ readonly loadMs: number }> => worker.ask({ folder });
  await ask();
  const rounds = await eachRound(bench.rounds, ask);
  worker.stop();
  return { catalogue: { value: median(rounds.map(({ loadMs }) => loadMs)), detail: 'opened and read anew' } };
}
