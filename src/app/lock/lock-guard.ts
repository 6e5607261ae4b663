import type { ToolAction } from '../../model/actions.ts';
import { contractChanges } from '../../model/contract-changes.ts';
import type { CatalogueEntry } from '../../model/executions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject } from '../../model/json.ts';
import type { ToolLock } from '../../model/tool-contract.ts';
import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { ToolOverlay } from '../../model/tool-effects.ts';
import type { App } from '../app.ts';
import { parseToolName } from '../tools.ts';
import { projectCatalogue } from '../catalogue/project-catalogue.ts';
import { unfitParams } from '../unfit-params.ts';

/** Refuses calls of tools that are not any more what the lock says, and calls that do not fit it. */
export interface LockGuard {
  /** False for tools that are not locked: they are called as if there were no lock. */
  covers(action: ToolAction): boolean;
  check(action: ToolAction): Promise<Fault | undefined>;
}

/** @returns undefined where there is no lock: then nothing is loaded */
export async function openLockGuard(app: App, reading: Promise<ToolLock | undefined>): Promise<LockGuard | undefined> {
  const lock = await reading.catch((error: unknown) => {
    if (error instanceof RunnerError) return error;
    throw error;
  });
  if (lock instanceof RunnerError) return { covers: () => true, check: () => Promise.resolve(unusable(lock)) };
  if (lock === undefined) return undefined;
  const [{ createSchemaCheck }, catalogue] = await Promise.all([
    import('../../language/schema-check.ts'),
    projectCatalogue(app),
  ]);
  const drifts = driftsOf(lock, catalogue?.tools ?? [], app.configuration.tools);
  const schemaCheck = createSchemaCheck();
  const covers = (action: ToolAction): boolean => Object.hasOwn(lock, fullName(action));
  return {
    covers,
    async check(action) {
      const name = fullName(action);
      const locked = covers(action) ? lock[name] : undefined;
      if (locked === undefined) return undefined;
      const drift = drifts.get(name);
      if (drift !== undefined) return drifted(name, drift);
      if (!isJsonObject(locked.parameters)) return undefined;
      const violations = await schemaCheck.violations(locked.parameters, action.params);
      return unfitParams(action, violations, `\`runner tools ${name}\` shows what it takes.`);
    },
  };
}

/** Half a lock would protect nobody. */
function unusable({ message, hint }: RunnerError): Fault {
  const fault = { kind: 'tool_drift', message: `${message} The call was not made.`, transient: false } as const;
  return { ...fault, outcome: 'not_executed', ...(hint !== undefined && { hint }) };
}

/** What breaks in each locked tool, compared with the catalogue as last read. */
function driftsOf(
  lock: ToolLock,
  live: readonly CatalogueEntry[],
  overlays: readonly ToolOverlay[],
): ReadonlyMap<string, string> {
  const drifts = new Map<string, string>();
  const byName = new Map(live.map((entry) => [`${entry.server}/${entry.name}`, entry]));
  for (const [name, locked] of Object.entries(lock)) {
    const called = calledTool(parseToolName(name), overlays);
    const entry = called && byName.get(fullName(called));
    if (entry === undefined) continue;
    const texts = contractChanges(locked, entry).flatMap(({ breaking, text }) => (breaking ? [text] : []));
    if (texts.length > 0) drifts.set(name, texts.join('; '));
  }
  return drifts;
}

function drifted(name: string, changes: string): Fault {
  return {
    kind: 'tool_drift',
    message: `${name} is not what runner.lock.yaml says: ${changes}. It was not called.`,
    outcome: 'not_executed',
    transient: false,
    hint: 'See what breaks with `runner lock --check`; accept it with `runner lock`, and commit the file.',
  };
}
