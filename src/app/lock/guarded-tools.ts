import type { Connector } from '../../engine/ports.ts';
import type { ToolAction } from '../../model/actions.ts';
import { contractChanges } from '../../model/contract-changes.ts';
import type { CatalogueEntry } from '../../model/executions.ts';
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
 * Refuses calls of tools that are not any more what the lock says, and calls that do not fit it, before they are made.
 * Without a lock, nothing is refused and nothing is loaded.
 */
export function guardedTools(app: App, tools: Connector): Connector {
  let opening: Promise<Guard | undefined> | undefined;
  let opened: { readonly guard: Guard | undefined } | undefined;
  return {
    async call(action, context, signal) {
      // A wait for what is there already would cost every call a turn.
      opened ??= { guard: await (opening ??= openGuard(app)) };
      const { guard } = opened;
      const fault = guard && action.kind === 'tool' ? await guard(action) : undefined;
      return fault === undefined ? tools.call(action, context, signal) : { ok: false, fault };
    },
  };
}

type Guard = (action: ToolAction) => Promise<Fault | undefined>;

async function openGuard(app: App): Promise<Guard | undefined> {
  const lock = await projectLock(app.configuration);
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
