import type { ToolAction } from '../../model/actions.ts';
import { contractChanges } from '../../model/contract-changes.ts';
import type { ToolDescription } from '../../model/executions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject } from '../../model/json.ts';
import type { LockedTool, ToolLock } from '../../model/tool-contract.ts';
import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { App } from '../app.ts';
import { projectCatalogue } from '../catalogue/project-catalogue.ts';
import type { LiveTools } from './live-tools.ts';
import { unfitParams } from '../unfit-params.ts';

/** Refuses calls of tools that are not any more what the lock says, and calls that do not fit it. */
export interface LockGuard {
  /** False for tools that are not locked: they are called as if there were no lock. */
  covers(action: ToolAction): boolean;
  check(action: ToolAction): Promise<Fault | undefined>;
}

/**
 * Compares with the servers as they are now; with the catalogue as last read where one does not answer.
 * @returns undefined where there is no lock: then nothing is loaded
 */
export async function openLockGuard(
  app: App,
  reading: Promise<ToolLock | undefined>,
  live: LiveTools,
): Promise<LockGuard | undefined> {
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
  const stored = new Map((catalogue?.tools ?? []).map((tool) => [`${tool.server}/${tool.name}`, tool]));
  const compare = rememberedDrifts();
  const schemaCheck = createSchemaCheck();
  const covers = (action: ToolAction): boolean => Object.hasOwn(lock, fullName(action));
  return {
    covers,
    async check(action) {
      const name = fullName(action);
      const locked = covers(action) ? lock[name] : undefined;
      if (locked === undefined) return undefined;
      const called = calledTool(action, app.configuration.tools);
      const found = called && (await live.find(called));
      const drift = compare(locked, found === 'unknown' ? called && stored.get(fullName(called)) : found);
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

/** What breaks between a locked tool and the one that is there; each pair is compared once. */
function rememberedDrifts(): (locked: LockedTool, there: ToolDescription | undefined) => string | undefined {
  const known = new WeakMap<LockedTool, { readonly there: ToolDescription; readonly drift: string | undefined }>();
  return (locked, there) => {
    if (there === undefined) return undefined;
    const before = known.get(locked);
    if (before?.there === there) return before.drift;
    const drift = driftOf(locked, there);
    known.set(locked, { there, drift });
    return drift;
  };
}

function driftOf(locked: LockedTool, there: ToolDescription): string | undefined {
  const texts = contractChanges(locked, there).flatMap(({ breaking, text }) => (breaking ? [text] : []));
  return texts.length > 0 ? texts.join('; ') : undefined;
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
