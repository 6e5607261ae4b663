import type { Owner, RunRecord } from '../model/run-records.ts';
import type { App } from './app.ts';

/** The living process that has a run; else the one that drains the queue, which will take it when something is to do. */
export async function executorOfRun(app: App, run: RunRecord): Promise<Owner | undefined> {
  return (await livingOwnerOf(run)) ?? workerOf(app);
}

/** The living process that has a run. */
export async function livingOwnerOf({ owner, status }: RunRecord): Promise<Owner | undefined> {
  if (!owner || status === 'interrupted' || status === 'needs_attention') return undefined;
  const { isOwnerAlive } = await import('../adapters/system/owner.ts');
  return isOwnerAlive(owner) ? owner : undefined;
}

/** The process that drains the queue of the project, if there is one. */
async function workerOf({ configuration }: App): Promise<Owner | undefined> {
  const [{ executorOf }, { isOwnerAlive }] = await Promise.all([
    import('../adapters/sqlite/executor-lock.ts'),
    import('../adapters/system/owner.ts'),
  ]);
  return executorOf({ folder: configuration.home, isAlive: isOwnerAlive });
}
