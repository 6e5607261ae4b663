import { RunnerError } from '../model/errors.ts';
import type { CatalogueEntry, ToolDescription, ToolMetrics } from '../model/executions.ts';
import { isReviewable } from '../model/tool-contract.ts';
import { effectSources } from '../model/tool-effects.ts';
import type { EffectVerdict, ToolName, ToolOverlay } from '../model/tool-effects.ts';
import { calledTool, fullName, mappedVersions } from '../model/tool-versions.ts';
import type { App } from './app.ts';
import { projectCatalogue } from './catalogue/project-catalogue.ts';
import { toolFactsOf } from './catalogue/tool-facts.ts';
import { openToolServers } from './tool-servers.ts';
import type { CatalogueReading } from './tool-servers.ts';

/** The catalogue, and how often each tool was called here. */
export interface ToolCatalogue {
  readonly tools: readonly KnownTool[];
  /** When it was read. */
  readonly at: number;
}

export interface KnownTool extends CatalogueEntry {
  /** Of a name that stands for another tool. */
  readonly version?: string;
  /** The tool that a version stands for: `server/tool`. */
  readonly standsFor?: string;
  readonly calls: number;
  readonly lastUsedAt?: number;
  /** True when its server could not be read when the catalogue was read last. */
  readonly stale: boolean;
  /** What decides the class of its calls, then what would decide without that. */
  readonly effects: readonly [EffectVerdict, ...EffectVerdict[]];
}

/** A tool of no catalogue. */
export interface UnknownTool {
  readonly server: string;
  readonly name: string;
  readonly version?: string;
  readonly effects: readonly [EffectVerdict, ...EffectVerdict[]];
}

export interface ToolFilter {
  readonly server?: string;
  /** Words that name or description must hold, in any order and case. */
  readonly search?: string;
}

/** The tools of all that answered, and those that did not; `(bridge)` is the bridge. */
export interface SyncedTools {
  readonly tools: readonly ToolDescription[];
  readonly down: CatalogueReading['down'];
}

const listTimeoutMs = 30_000;

/**
 * Reads the catalogue from all servers and the bridge, and keeps it for `tools` and `validate`. Of those that are down,
 * what was known before is kept, and known to be stale.
 * @throws RunnerError BRIDGE_MISSING, BRIDGE_UNREACHABLE, BRIDGE_KEY_REFUSED, SERVER_UNREACHABLE when none can be read
 */
export async function syncTools(app: App): Promise<SyncedTools> {
  const servers = openToolServers(app.configuration);
  try {
    const { readings, down } = await servers.list(AbortSignal.timeout(listTimeoutMs));
    const [first] = down;
    const sources = app.configuration.mcpServers.length + (app.configuration.bridge.kind === 'none' ? 0 : 1);
    if (first !== undefined && down.length >= sources) throw first.error;
    const telemetry = await app.stores.telemetry();
    const kept = readings.map(({ source, tools }) => ({ source, tools: tools.map(bounded) }));
    telemetry.storeCatalogue(kept, app.clock.now());
    return { tools: readings.flatMap(({ tools }) => tools), down };
  } finally {
    await servers.close();
  }
}

/** Schemas that nobody could review must not keep the tools of others from being kept: `false` fits nothing. */
export function bounded(tool: ToolDescription): ToolDescription {
  if (isReviewable(tool)) return tool;
  return { ...tool, parameters: false, ...(tool.output !== undefined && { output: false }) };
}

/** Tools of the catalogue as last read; it is read anew when it never was. */
export async function listTools(app: App, filter: ToolFilter): Promise<ToolCatalogue> {
  const known = await knownTools(app, filter);
  if (known.at > 0) return known;
  await syncTools(app);
  return knownTools(app, filter);
}

/** Those of the last reading; read at 0 when there was none. */
async function knownTools(app: App, filter: ToolFilter = {}): Promise<ToolCatalogue> {
  const telemetry = await app.stores.telemetry();
  const { tools, at } = (await projectCatalogue(app)) ?? { tools: [], at: 0 };
  const used = usesOf(telemetry.metrics());
  const facts = (await toolFactsOf(app)) ?? {};
  const known = [...tools, ...versionsOf(tools, app.configuration.tools)]
    .filter((tool) => matches(tool, filter))
    .map((tool): KnownTool => {
      const name = nameOf(tool);
      const { calls = 0, lastUsedAt } = used.get(fullName(name)) ?? {};
      const effects = effectSources(name, facts);
      const use = { calls, ...(lastUsedAt !== undefined && { lastUsedAt }) };
      return Object.assign({ ...use, stale: tool.lastSeenAt < at, effects }, tool);
    });
  return { tools: known, at };
}

/** The versions that the project maps to tools of the catalogue. */
function versionsOf(
  tools: readonly CatalogueEntry[],
  overlays: readonly ToolOverlay[],
): readonly (CatalogueEntry & Pick<KnownTool, 'version' | 'standsFor'>)[] {
  const byName = new Map(tools.map((tool) => [`${tool.server}/${tool.name}`, tool]));
  return overlays.flatMap(({ pattern }) => {
    if (pattern.includes('*') || !pattern.includes('@')) return [];
    const { server, tool: name, version = '' } = parseToolName(pattern);
    const called = calledTool({ server, tool: name, version }, overlays);
    const standsFor = called ? fullName(called) : '';
    const known = byName.get(standsFor);
    return known === undefined ? [] : [{ ...known, server, name, version, standsFor }];
  });
}

function nameOf({ server, name: tool, version }: Pick<KnownTool, 'server' | 'name' | 'version'>): ToolName {
  return { server, tool, ...(version !== undefined && { version }) };
}

/** Calls of each tool over all environments, by its full name. */
function usesOf(metrics: readonly ToolMetrics[]): ReadonlyMap<string, { calls: number; lastUsedAt: number }> {
  const uses = new Map<string, { calls: number; lastUsedAt: number }>();
  for (const { totalCalls, lastExecutionAt, ...call } of metrics) {
    const name = fullName(call);
    const known = uses.get(name) ?? { calls: 0, lastUsedAt: 0 };
    const lastUsedAt = Math.max(known.lastUsedAt, lastExecutionAt);
    uses.set(name, { calls: known.calls + totalCalls, lastUsedAt });
  }
  return uses;
}

/**
 * Why calls of a tool count as reads or writes. A tool that no catalogue knows is judged as well.
 * @throws RunnerError TOOL_NAME_INVALID
 */
export async function explainTool(app: App, text: string): Promise<KnownTool | UnknownTool> {
  const name = parseToolName(text);
  const { tools } = await knownTools(app);
  const known = tools.find((tool) => fullName(nameOf(tool)) === fullName(name));
  if (known) return known;
  const { server, tool, ...version } = name;
  return { server, name: tool, ...version, effects: effectSources(name, (await toolFactsOf(app)) ?? {}) };
}

/** @throws RunnerError TOOL_NAME_INVALID */
export function parseToolName(text: string): ToolName {
  const [, server, tool, version] = /^([^\s/@]+)\/([^\s/@]+)(?:@([^\s/@]+))?$/.exec(text) ?? [];
  if (server !== undefined && tool !== undefined) return { server, tool, ...(version !== undefined && { version }) };
  throw new RunnerError('TOOL_NAME_INVALID', `"${text}" does not name a tool.`, {
    hint: 'Write server/tool, such as render/render_get_service; `runner tools` lists them.',
  });
}

/** @throws RunnerError TOOL_NAME_INVALID for a version that `runner.yaml` maps nowhere */
export function requireMapped(name: ToolName, overlays: readonly ToolOverlay[]): ToolName {
  const called = calledTool(name, overlays);
  if (called) return called;
  const versions = mappedVersions(name, overlays);
  const known = versions.length === 0 ? '' : `Mapped are: ${versions.join(', ')}. `;
  throw new RunnerError('TOOL_NAME_INVALID', `${fullName(name)} is mapped to no tool.`, {
    hint: `${known}Under "tools" in runner.yaml, write "${fullName(name)}": { server: …, tool: … }.`,
  });
}

function matches(tool: ToolDescription & Pick<KnownTool, 'version'>, { server, search }: ToolFilter): boolean {
  if (server !== undefined && tool.server !== server) return false;
  const text = `${fullName(nameOf(tool))} ${tool.description}`.toLowerCase();
  return (search ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
