import type { ToolDescription } from '../model/executions.ts';
import type { App } from './app.ts';
import { openToolBridge } from './tool-bridge.ts';

/** The catalogue, and how often each tool was called here. */
export interface ToolCatalogue {
  readonly tools: readonly KnownTool[];
  /** When it was read from the bridge. */
  readonly at: number;
}

export interface KnownTool extends ToolDescription {
  readonly calls: number;
}

export interface ToolFilter {
  readonly server?: string;
  /** Words that name or description must hold, in any order and case. */
  readonly search?: string;
}

const listTimeoutMs = 30_000;

/**
 * Reads the catalogue from the bridge and keeps it for `tools` and `validate`.
 * @throws RunnerError BRIDGE_MISSING, BRIDGE_UNREACHABLE, BRIDGE_KEY_REFUSED
 */
export async function syncTools(app: App): Promise<readonly ToolDescription[]> {
  const bridge = await openToolBridge(app.configuration);
  try {
    const tools = await bridge.list(AbortSignal.timeout(listTimeoutMs));
    const telemetry = await app.stores.telemetry();
    telemetry.storeCatalogue(tools, app.clock.now());
    return tools;
  } finally {
    await bridge.close();
  }
}

/** Tools of the catalogue as last read; it is read from the bridge when it never was. */
export async function listTools(app: App, filter: ToolFilter): Promise<ToolCatalogue> {
  const telemetry = await app.stores.telemetry();
  if (!telemetry.catalogue()) await syncTools(app);
  const { tools, at } = telemetry.catalogue() ?? { tools: [], at: 0 };
  const calls = new Map(telemetry.metrics().map(({ server, tool, totalCalls }) => [`${server}/${tool}`, totalCalls]));
  const known = tools
    .filter((tool) => matches(tool, filter))
    .map((tool) => Object.assign({ calls: calls.get(`${tool.server}/${tool.name}`) ?? 0 }, tool));
  return { tools: known, at };
}

function matches(tool: ToolDescription, { server, search }: ToolFilter): boolean {
  if (server !== undefined && tool.server !== server) return false;
  const text = `${tool.server}/${tool.name} ${tool.description}`.toLowerCase();
  return (search ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
