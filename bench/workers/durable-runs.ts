import { longWorkflow } from '../projects.ts';
import { load, openRoom, start, type Room } from './room.ts';
import { inParallel, loadOf, serve } from './serve.ts';

interface Task {
  readonly url: string;
  readonly folder: string;
  readonly runs: number;
  readonly stepsPerRun: number;
  readonly atOnce: number;
}

let room: Promise<Room> | undefined;
let started = 0;

serve(async ({ url, folder, runs, stepsPerRun, atOnce }: Task) => {
  const opened = await (room ??= openRoom(folder, url));
  const loaded = await load('long', longWorkflow('long', stepsPerRun));
  return loadOf(runs * stepsPerRun, () =>
    inParallel(runs, atOnce, async () => {
      const { done } = await start(opened, `run-${(started += 1)}`, loaded);
      const { status, error } = await done;
      if (status !== 'succeeded') throw new Error(`A run ended as ${status}: ${error?.message ?? ''}`);
    }),
  );
});
