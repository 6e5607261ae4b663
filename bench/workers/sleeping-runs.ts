import { load, openRoom, start } from './room.ts';
import { inParallel, serve } from './serve.ts';

interface Task {
  readonly url: string;
  readonly folder: string;
  readonly runs: number;
}

const workflow = `name: sleeper
steps:
  - id: service
    tool: render/create_service
    params: { name: web, region: frankfurt, plan: starter }
  - wait: 1h
  - tool: render/restart_service
    params: { id: $service.id }
`;

serve(async ({ url, folder, runs }: Task) => {
  const room = await openRoom(folder, url);
  const loaded = await load('sleeper', workflow);
  const asleep = new Map<string, () => void>();
  room.engine.onEvents((run, events) => {
    if (events.some(({ type }) => type === 'timer.set')) asleep.get(run)?.();
  });
  const fallAsleep = async (id: string): Promise<void> => {
    const sleeps = new Promise<void>((resolve) => asleep.set(id, resolve));
    await start(room, id, loaded);
    await sleeps;
    asleep.delete(id);
  };
  // The first ones pay for code and connections that all share.
  await inParallel(200, 50, (index) => fallAsleep(`early-${index}`));
  const before = restingRss();
  await inParallel(runs, 50, (index) => fallAsleep(`run-${index}`));
  const after = restingRss();
  return { bytesPerRun: (after - before) / runs, rssBytes: after };
});

/** What the process holds once garbage is gone. */
function restingRss(): number {
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc?.();
  return process.memoryUsage.rss();
}
