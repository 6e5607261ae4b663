import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredCatalogue } from '../../engine/ports.ts';
import type { McpServer } from '../../model/mcp-servers.ts';
import type { App } from '../app.ts';
import type { Bridge, Configuration } from '../configuration.ts';

/**
 * What is known of the tools of the servers in use now, as they were read last. What another bridge, the sandbox or a
 * server at another address said stays out of it.
 * @returns undefined where none of them was ever read
 */
export async function projectCatalogue(app: App): Promise<StoredCatalogue | undefined> {
  const { configuration } = app;
  if (!existsSync(join(configuration.home, 'telemetry.db'))) return undefined;
  const { all, of } = sourcesOf(configuration);
  const stored = (await app.stores.telemetry()).catalogue(all);
  // A server of `runner.yaml` is called, though the bridge may have one of the same name.
  return stored && { ...stored, tools: stored.tools.filter((tool) => tool.source === of(tool.server)) };
}

/** Where the tools in use now come from: all of it, and for each server. */
export function sourcesOf({ bridge, mcpServers, environment }: Configuration): {
  readonly all: readonly string[];
  readonly of: (server: string) => string;
} {
  const behindBridge = sourceOfBridge(bridge);
  const servers = new Map(mcpServers.map((server) => [server.name, sourceOfServer(server, environment)]));
  return { all: [behindBridge, ...servers.values()], of: (server) => servers.get(server) ?? behindBridge };
}

/** Names what is behind a bridge: another address is another catalogue. Without login and key. */
export function sourceOfBridge(bridge: Bridge): string {
  if (bridge.kind !== 'url') return bridge.kind;
  const { origin, pathname } = new URL(bridge.url);
  return `${origin}${pathname}`;
}

/**
 * Names an MCP server: at its address, without what authenticates there; one that is started here by its name and
 * environment, since its command changes with every upgrade.
 */
export function sourceOfServer({ name, target }: McpServer, environment: string | undefined): string {
  if (target.kind === 'stdio') return environment === undefined ? name : `${name} in ${environment}`;
  // Hashed, because an address may hold secrets.
  return `${name} ${createHash('sha256').update(target.url).digest('hex').slice(0, 16)}`;
}
