import { contractChanges } from '../../model/contract-changes.ts';
import type { ToolDescription } from '../../model/executions.ts';
import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { App } from '../app.ts';
import type { Checkup } from '../checkup.ts';
import { bounded, parseToolName } from '../tools.ts';
import { lockFileName, projectLock } from './project-lock.ts';

/**
 * How the locked tools stand to what the servers offer now; undefined where there is no lock. A tool of a server that
 * did not answer is not judged.
 * @param offered the tools of all servers that answered
 * @throws RunnerError CONFIG_INVALID when the lock cannot be read
 */
export async function examineLock(app: App, offered: readonly ToolDescription[]): Promise<Checkup | undefined> {
  const lock = await projectLock(app.configuration);
  if (lock === undefined) return undefined;
  const live = new Map(offered.map((tool) => [`${tool.server}/${tool.name}`, tool]));
  const answering = new Set(offered.map(({ server }) => server));
  const drifts = Object.entries(lock).flatMap(([name, locked]) => {
    const called = calledTool(parseToolName(name), app.configuration.tools);
    const tool = called && live.get(fullName(called));
    if (called && tool === undefined) return answering.has(called.server) ? [{ name, isBreaking: true }] : [];
    const changes = tool === undefined ? [] : contractChanges(locked, bounded(tool));
    return changes.length === 0 ? [] : [{ name, isBreaking: changes.some(({ breaking }) => breaking) }];
  });
  const count = Object.keys(lock).length;
  if (drifts.length === 0)
    return { subject: 'lock', verdict: 'ok', text: `${lockFileName} holds for ${toolsIn(count)}` };
  const breaking = drifts.filter(({ isBreaking }) => isBreaking);
  const names = (breaking.length > 0 ? breaking : drifts).map(({ name }) => name);
  const text = `${toolsIn(drifts.length)} of ${count} in ${lockFileName} changed`;
  return breaking.length > 0
    ? { subject: 'lock', verdict: 'fail', text: `${text}, so that calls fail: ${listed(names)}`, remedy }
    : { subject: 'lock', verdict: 'warn', text: `${text}, and no call fails for it: ${listed(names)}`, remedy };
}

const remedy = 'See what is different with `runner lock --check`; accept it with `runner lock`, and commit the file.';

function toolsIn(count: number): string {
  return count === 1 ? '1 tool' : `${count} tools`;
}

function listed(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
