import type { Refusals } from '../../engine/ports.ts';
import type { ToolAction } from '../../model/actions.ts';
import { contractChanges } from '../../model/contract-changes.ts';
import type { CatalogueEntry } from '../../model/executions.ts';
import { RunnerError } from '../../model/errors.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject } from '../../model/json.ts';
import type { SchemaCheck, SchemaViolation } from '../../model/schema-check.ts';
import type { LockedTool, ToolLock } from '../../model/tool-contract.ts';
import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { ToolOverlay } from '../../model/tool-effects.ts';
import type { App } from '../app.ts';
import { parseToolName } from '../tools.ts';
import { projectCatalogue } from '../catalogue/project-catalogue.ts';
import { projectLock } from './project-lock.ts';

/**
 * Refuses calls of tools that are not any more what the lock says, and calls that do not fit it. Without a lock nothing
 * is refused and nothing is loaded; a lock that changes while the process lives holds from then on.
 */
export async function openLockRefusals(app: App): Promise<Refusals> {
  let reading = projectLock(app.configuration);
  let guard = await openGuard(app, reading);
  const refuse = async (run: string, action: ToolAction): Promise<Fault | undefined> => {
    const latest = projectLock(app.configuration);
    if (latest !== reading) [reading, guard] = [latest, await openGuard(app, latest)];
    const filled = app.vault.fill(run, action);
    // What cannot be filled in is told by the call itself.
    if (!filled.ok || filled.action.kind !== 'tool') return undefined;
    const fault = await guard?.(filled.action);
    return fault && { ...fault, message: app.configuration.redactor.text(fault.message) };
  };
  return {
    check(run, action) {
      if (action.kind !== 'tool') return undefined;
      // A wait for what is there already would cost every call a turn.
      return guard === undefined && projectLock(app.configuration) === reading ? undefined : refuse(run, action);
    },
  };
}

type Guard = (action: ToolAction) => Promise<Fault | undefined>;

async function openGuard(app: App, reading: Promise<ToolLock | undefined>): Promise<Guard | undefined> {
  const lock = await reading.catch((error: unknown) => {
    if (error instanceof RunnerError) return error;
    throw error;
  });
  if (lock instanceof RunnerError) return () => Promise.resolve(unusable(lock));
  if (lock === undefined) return undefined;
  const [{ createSchemaCheck }, catalogue] = await Promise.all([
    import('../../language/schema-check.ts'),
    projectCatalogue(app),
  ]);
  const drifts = driftsOf(lock, catalogue?.tools ?? [], app.configuration.tools);
  const schemaCheck = createSchemaCheck();
  return async (action) => {
    const name = fullName(action);
    const locked = Object.hasOwn(lock, name) ? lock[name] : undefined;
    if (locked === undefined) return undefined;
    const drift = drifts.get(name);
    return drift === undefined ? unfit(action, locked, schemaCheck) : drifted(name, drift);
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

async function unfit(action: ToolAction, { parameters }: LockedTool, check: SchemaCheck): Promise<Fault | undefined> {
  if (!isJsonObject(parameters)) return undefined;
  const violations = await check.violations(parameters, action.params);
  if (violations.length === 0) return undefined;
  return {
    kind: 'invalid_params',
    message: `${action.server}/${action.tool}: ${violations.map(told).join('; ')}. It was not called.`,
    outcome: 'not_executed',
    transient: false,
    hint: `\`runner tools ${action.server}/${action.tool}\` shows what it takes.`,
  };
}

function told({ path, message }: SchemaViolation): string {
  return path === '' ? message : `${path} ${message}`;
}
