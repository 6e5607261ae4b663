import type { Connector, SourceReading, ToolServer } from '../engine/ports.ts';
import type { ToolAction } from '../model/actions.ts';
import { RunnerError } from '../model/errors.ts';
import type { Fault } from '../model/faults.ts';
import { calledTool, fullName } from '../model/tool-versions.ts';
import type { ToolDescription } from '../model/executions.ts';
import type { McpServer } from '../model/mcp-servers.ts';
import type { Redactor } from '../model/redaction.ts';
import { sourceOfBridge, sourceOfServer } from './catalogue/project-catalogue.ts';
import type { Configuration } from './configuration.ts';
import { openToolBridge, requireBridge } from './tool-bridge.ts';
import { runnerVersion } from './version.ts';

/** The way to all tools: those of an MCP server of `runner.yaml` by its name, all others through the bridge. */
export interface ToolServers {
  readonly connector: Connector;
  /** The tools of all of them, as far as they answer. */
  list(signal: AbortSignal): Promise<CatalogueReading>;
  /** Through what a server's tools are called: the server itself, or {@link theBridge}. */
  wayTo(server: string): string;
  /** The tools there; undefined where it does not answer. */
  toolsBehind(way: string, signal: AbortSignal): Promise<readonly ToolDescription[] | undefined>;
  close(): Promise<void>;
}

export interface CatalogueReading {
  readonly readings: readonly SourceReading[];
  /** Those that could not be read; `bridge` is the bridge. */
  readonly down: readonly { readonly server: string; readonly error: RunnerError }[];
}

/** How the bridge is called where servers are named: no server can have this name. */
export const theBridge = '(bridge)';

/** Opens nothing: each server, and the bridge, is reached with the first call that needs it. */
export function openToolServers(configuration: Configuration): ToolServers {
  const { mcpServers, bridge } = configuration;
  const byName = new Map(mcpServers.map((server) => [server.name, server]));
  const opening = new Map<string, Promise<ToolServer>>();
  const opened = new Map<string, ToolServer>();

  /** A wait for what is there already would cost every call a turn. */
  function source(name: string): ToolServer | Promise<ToolServer> {
    return opened.get(name) ?? opening.get(name) ?? open(name);
  }
  function open(name: string): Promise<ToolServer> {
    const server = byName.get(name);
    const started = server ? openMcpServer(server, configuration) : openToolBridge(configuration);
    opening.set(name, started);
    void started.then((each) => opened.set(name, each)).catch(() => opening.delete(name));
    return started;
  }

  /** A server may write what it was given into its descriptions, and these are kept and shown. */
  function redacted({ source: from, tools }: SourceReading): SourceReading {
    return { source: from, tools: tools.map((tool) => redactedTool(tool, configuration.redactor)) };
  }

  function wayTo(server: string): string {
    return byName.has(server) ? server : theBridge;
  }

  return {
    wayTo,
    async toolsBehind(way, signal) {
      const { readings } = await read({ server: way, source: way }, () => source(way), signal);
      return readings.map(redacted)[0]?.tools;
    },
    connector: {
      async call(action, context, signal) {
        if (action.kind !== 'tool') throw new RunnerError('INTERNAL', `Tools were given a "${action.kind}" step.`);
        const called = action.version === undefined ? action : versioned(action, configuration);
        if (called === undefined) return { ok: false, fault: unmapped(action) };
        const found = source(wayTo(called.server));
        const server = found instanceof Promise ? await found : found;
        return server.call(called, context, signal);
      },
    },
    async list(signal) {
      const names = [...byName.keys(), ...(bridge.kind === 'none' && byName.size > 0 ? [] : [theBridge])];
      const readings = await Promise.all(
        names.map((name) => {
          const server = byName.get(name);
          const known = server ? sourceOfServer(server, configuration.environment) : sourceOfBridge(bridge);
          return read({ server: name, source: known }, () => source(name), signal);
        }),
      );
      return {
        readings: readings.flatMap((each) => each.readings.map(redacted)),
        down: readings.flatMap(({ down }) => down),
      };
    },
    async close() {
      await Promise.all([...opening.values()].map(async (each) => (await each.catch(() => undefined))?.close()));
    },
  };
}

function redactedTool(tool: ToolDescription, redactor: Redactor): ToolDescription {
  const { name, description, parameters, output } = tool;
  return {
    ...tool,
    name: redactor.text(name),
    description: redactor.text(description),
    ...(parameters !== undefined && { parameters: redactor.json(parameters) }),
    ...(output !== undefined && { output: redactor.json(output) }),
  };
}

/** The call of the tool that a version stands for; a server knows nothing of the project's versions. */
function versioned({ kind, params, ...name }: ToolAction, { tools }: Configuration): ToolAction | undefined {
  const called = calledTool(name, tools);
  return called && { kind, server: called.server, tool: called.tool, params };
}

function unmapped(action: ToolAction): Fault {
  return {
    kind: 'unknown_tool',
    message: `${fullName(action)} is mapped to no tool in runner.yaml.`,
    outcome: 'not_executed',
    transient: false,
    hint: 'Say under `tools` what it stands for, as when the run began.',
  };
}

/** True when one of the servers is none of `runner.yaml`, so that its tools are called through the bridge. */
export function needsBridge({ mcpServers }: Configuration, servers: ReadonlySet<string>): boolean {
  const direct = new Set(mcpServers.map(({ name }) => name));
  return [...servers].some((name) => !direct.has(name));
}

/** @throws RunnerError BRIDGE_MISSING when there is no way to the tools of one of the servers */
export function requireServers(configuration: Configuration, servers: ReadonlySet<string>): void {
  if (needsBridge(configuration, servers)) requireBridge(configuration.bridge);
}

async function openMcpServer(server: McpServer, { project, home, allowHosts }: Configuration): Promise<ToolServer> {
  const [{ createMcpServer }, { createSchemaCheck }] = await Promise.all([
    import('../adapters/connectors/mcp/mcp-server.ts'),
    import('../language/schema-check.ts'),
  ]);
  const schemaCheck = createSchemaCheck();
  return createMcpServer(server, { root: project.root, home, allowHosts, schemaCheck, clientVersion: runnerVersion });
}

async function read(
  { server, source }: { readonly server: string; readonly source: string },
  open: () => ToolServer | Promise<ToolServer>,
  signal: AbortSignal,
): Promise<CatalogueReading> {
  try {
    const found = await open();
    return { readings: [{ source, tools: await found.list(signal) }], down: [] };
  } catch (error) {
    if (error instanceof RunnerError) return { readings: [], down: [{ server, error }] };
    throw error;
  }
}
