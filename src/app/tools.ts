import type { ToolDescription } from '../model/executions.ts';
import type { App } from './app.ts';
import { rememberStaleServers, staleServers } from './stale-servers.ts';
import { openToolServers, theBridge } from './tool-servers.ts';
import type { CatalogueReading } from './tool-servers.ts';

/** The catalogue, and how often each tool was called here. */
export interface ToolCatalogue {
  readonly tools: readonly KnownTool[];
  /** When it was read from the bridge. */
  readonly at: number;
}

export interface KnownTool extends ToolDescription {
  readonly calls: number;
  /** True when its server could not be read when the catalogue was read last. */
  readonly stale: boolean;
}

export interface ToolFilter {
  readonly server?: string;
  /** Words that name or description must hold, in any order and case. */
  readonly search?: string;
}

const listTimeoutMs = 30_000;

/**
 * Reads the catalogue from all servers and the bridge, and keeps it for `tools` and `validate`. Of those that are down,
 * what was known before is kept, and known to be stale.
 * @throws RunnerError BRIDGE_MISSING, BRIDGE_UNREACHABLE, BRIDGE_KEY_REFUSED, SERVER_UNREACHABLE when none can be read
 */
export async function syncTools(app: App): Promise<CatalogueReading> {
  const servers = openToolServers(app.configuration);
  try {
    const reading = await servers.list(AbortSignal.timeout(listTimeoutMs));
    const [first] = reading.down;
    const sources = app.configuration.mcpServers.length + (app.configuration.bridge.kind === 'none' ? 0 : 1);
    if (first !== undefined && reading.down.length >= sources) throw first.error;
    const telemetry = await app.stores.telemetry();
    telemetry.storeCatalogue(reading.tools, app.clock.now());
    const down = reading.down.map(({ server }) => server);
    rememberStaleServers(app.configuration.home, down);
    return reading;
  } finally {
    await servers.close();
  }
}

/** Tools of the catalogue as last read; it is read from the bridge when it never was. */
export async function listTools(app: App, filter: ToolFilter): Promise<ToolCatalogue> {
  const telemetry = await app.stores.telemetry();
  if (!telemetry.catalogue()) await syncTools(app);
  const { tools, at } = telemetry.catalogue() ?? { tools: [], at: 0 };
  const calls = new Map(telemetry.metrics().map(({ server, tool, totalCalls }) => [`${server}/${tool}`, totalCalls]));
  const stale = staleServers(app.configuration.home);
  const direct = new Set(app.configuration.mcpServers.map(({ name }) => name));
  const known = tools
    .filter((tool) => matches(tool, filter))
    .map((tool) =>
      Object.assign(
        {
          calls: calls.get(`${tool.server}/${tool.name}`) ?? 0,
          stale: stale.has(direct.has(tool.server) ? tool.server : theBridge),
        },
        tool,
      ),
    );
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
