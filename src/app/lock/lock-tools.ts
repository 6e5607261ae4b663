import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractHash, writeLock } from '../../language/lock/write-lock.ts';
import { contractChanges } from '../../model/contract-changes.ts';
import type { ContractChange } from '../../model/contract-changes.ts';
import type { CatalogueEntry } from '../../model/executions.ts';
import { contractOf } from '../../model/tool-contract.ts';
import type { LockedTool, ToolLock } from '../../model/tool-contract.ts';
import { effectOfTool } from '../../model/tool-effects.ts';
import type { ToolName } from '../../model/tool-effects.ts';
import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { App } from '../app.ts';
import { projectCatalogue } from '../catalogue/project-catalogue.ts';
import { toolFactsOf } from '../catalogue/tool-facts.ts';
import { parseToolName, syncTools } from '../tools.ts';
import { lockFileName, projectLock } from './project-lock.ts';
import { usedTools } from './used-tools.ts';
import type { ToolUse } from './used-tools.ts';

/** How the tools that workflows use differ from the lock. */
export interface LockReport {
  /** How many tools the workflows use. */
  readonly used: number;
  readonly drifts: readonly ToolDrift[];
  /** Used, and not locked yet. */
  readonly unlocked: readonly string[];
  /** Locked, and not used any more. */
  readonly unused: readonly string[];
  /** Used, but in no catalogue, or with a schema that nobody could review: nothing to compare. */
  readonly unknown: readonly string[];
  /** Servers that did not answer: what is known of their tools is older. */
  readonly down: readonly string[];
  /** Workflow files that cannot be run, so that nobody knows what they use. */
  readonly unread: readonly string[];
}

/** What is different about a locked tool, and the steps that it breaks. */
export interface ToolDrift {
  readonly tool: string;
  readonly changes: readonly { readonly change: ContractChange; readonly breaks: readonly ToolUse[] }[];
}

/**
 * Reads all servers anew and compares the tools that workflows use with the lock.
 * @throws RunnerError CONFIG_INVALID, and those of {@link syncTools}
 */
export async function compareLock(app: App): Promise<LockReport> {
  return (await survey(app, (await projectLock(app.configuration)) ?? {})).report;
}

/**
 * Writes the lock anew. What was locked and is in no catalogue now stays as it was, as long as it is used.
 * @returns what the new lock changes
 */
export async function writeProjectLock(app: App): Promise<LockReport> {
  const before = (await projectLock(app.configuration)) ?? {};
  const { report, lock } = await survey(app, before);
  const file = join(app.configuration.project.root, lockFileName);
  writeFileSync(`${file}.${process.pid}`, writeLock(lock));
  renameSync(`${file}.${process.pid}`, file);
  return report;
}

async function survey(app: App, before: ToolLock): Promise<{ readonly report: LockReport; readonly lock: ToolLock }> {
  const { down } = await syncTools(app);
  const { uses, unread } = await usedTools(app);
  const names = [...uses.keys()].toSorted();
  const live = await liveTools(app, names);
  const known = names.filter((name) => isKnown(live.get(name)));
  const drifts = known.flatMap((name) => driftOf(name, before[name], live.get(name), uses.get(name) ?? []));
  const lock: Record<string, LockedTool> = {};
  for (const name of names) {
    const tool = isKnown(live.get(name)) ? await lockedTool(app, name, live.get(name)) : before[name];
    if (tool !== undefined) lock[name] = tool;
  }
  const report = {
    used: names.length,
    drifts,
    unlocked: known.filter((name) => !Object.hasOwn(before, name)),
    unused: Object.keys(before).filter((name) => !uses.has(name)),
    unknown: names.filter((name) => !known.includes(name)),
    down: down.map(({ server }) => server),
    unread,
  };
  return { report, lock };
}

/** What the catalogue says of tools; of a version, what it says of the tool that it stands for. */
async function liveTools(app: App, names: readonly string[]): Promise<ReadonlyMap<string, CatalogueEntry>> {
  const tools = (await projectCatalogue(app))?.tools ?? [];
  const byName = new Map(tools.map((entry) => [`${entry.server}/${entry.name}`, entry]));
  const called = (name: string): ToolName => calledTool(parseToolName(name), app.configuration.tools) ?? noTool;
  return new Map(
    names.flatMap((name) => {
      const entry = byName.get(fullName(called(name)));
      return entry ? [[name, entry] as const] : [];
    }),
  );
}

const noTool: ToolName = { server: '', tool: '' };

function isKnown(entry: CatalogueEntry | undefined): boolean {
  return entry !== undefined && entry.parameters !== false && entry.output !== false;
}

function driftOf(
  tool: string,
  locked: LockedTool | undefined,
  live: CatalogueEntry | undefined,
  uses: readonly ToolUse[],
): readonly ToolDrift[] {
  if (locked === undefined || live === undefined) return [];
  const changes = contractChanges(locked, live).map((change) => ({
    change,
    breaks: change.breaking ? uses.filter((use) => isConcerned(use, change)) : [],
  }));
  return changes.length === 0 ? [] : [{ tool, changes }];
}

/** A parameter that is gone concerns the steps that give it, one that is needed now those that do not. */
function isConcerned({ params }: ToolUse, { concerns }: ContractChange): boolean {
  if (concerns === undefined || params === undefined) return true;
  return params.includes(concerns.parameter) === (concerns.calls === 'with');
}

async function lockedTool(app: App, name: string, live: CatalogueEntry | undefined): Promise<LockedTool | undefined> {
  if (live === undefined) return undefined;
  const contract = contractOf(live);
  const facts = (await toolFactsOf(app)) ?? {};
  const locked = contract.annotations && { [name]: contract.annotations };
  const { effect } = effectOfTool(parseToolName(name), { ...facts, locked: locked ?? {} });
  return { ...contract, effect, hash: await contractHash(contract) };
}
