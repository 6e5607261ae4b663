import type { Refusals } from '../engine/ports.ts';
import type { ToolAction } from '../model/actions.ts';
import type { Fault } from '../model/faults.ts';
import type { App } from './app.ts';
import { openCatalogueGuard } from './catalogue/catalogue-guard.ts';
import { liveTools } from './lock/live-tools.ts';
import { openLockGuard } from './lock/lock-guard.ts';
import { projectLock } from './lock/project-lock.ts';
import type { ToolServers } from './tool-servers.ts';

/**
 * Refuses calls that the lock speaks against, and of tools that are not locked those that do not fit the catalogue. A
 * lock or a catalogue that changes while the process lives holds from then on.
 */
export async function openRefusals(app: App, servers: ToolServers): Promise<Refusals> {
  const { configuration } = app;
  const live = liveTools(servers);
  let reading = projectLock(configuration);
  let lock = await openLockGuard(app, reading, live);
  const catalogue = await openCatalogueGuard(app);
  const refuse = async (run: string, action: ToolAction): Promise<Fault | undefined> => {
    const latest = projectLock(configuration);
    if (latest !== reading) [reading, lock] = [latest, await openLockGuard(app, latest, live)];
    const filled = app.vault.fill(run, action);
    // What cannot be filled in is told by the call itself.
    if (!filled.ok || filled.action.kind !== 'tool') return undefined;
    const guard = lock?.covers(action) === true ? lock : catalogue;
    const fault = await guard.check(filled.action);
    return fault && { ...fault, message: configuration.redactor.text(fault.message) };
  };
  return {
    check(run, action) {
      if (action.kind !== 'tool') return undefined;
      // A wait for what is there already would cost every call a turn.
      const isUnlocked = projectLock(configuration) === reading && lock?.covers(action) !== true;
      return isUnlocked && !catalogue.knows(action) ? undefined : refuse(run, action);
    },
  };
}
