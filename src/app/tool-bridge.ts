import { join } from 'node:path';
import type { ToolServer } from '../engine/ports.ts';
import { RunnerError } from '../model/errors.ts';
import type { Bridge, Configuration } from './configuration.ts';

/**
 * Connects to the bridge in effect; the sandbox is started where it is the one.
 * @throws RunnerError BRIDGE_MISSING when there is none
 */
export async function openToolBridge(configuration: Configuration): Promise<ToolServer> {
  const { bridge, inFlight } = configuration;
  requireBridge(bridge);
  const [{ createBridgeConnector }, sandbox] = await Promise.all([
    import('../adapters/connectors/bridge.ts'),
    bridge.kind === 'sandbox' ? openSandbox(configuration.home, 0) : undefined,
  ]);
  const connector = createBridgeConnector({
    url: bridge.kind === 'url' ? bridge.url : (sandbox?.url ?? ''),
    maxInFlight: inFlight,
    ...(bridge.kind === 'url' && bridge.apiKey !== undefined ? { apiKey: bridge.apiKey } : {}),
  });
  return {
    call: (action, context, signal) => connector.call(action, context, signal),
    list: (signal) => connector.list(signal),
    close: async () => {
      connector.close();
      await sandbox?.close();
    },
  };
}

/** @throws RunnerError BRIDGE_MISSING, with every way to name one */
export function requireBridge(bridge: Bridge): asserts bridge is Exclude<Bridge, { kind: 'none' }> {
  if (bridge.kind !== 'none') return;
  throw new RunnerError('BRIDGE_MISSING', 'No bridge is configured, so no tool can be called.', {
    hint:
      'Set MCP_BRIDGE_URL (and MCP_API_KEY), or "bridge" in runner.yaml; ' +
      'to try things out without touching a real service, add --sandbox.',
  });
}

export interface RunningSandbox {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the sandbox on loopback; its state lies in the project's storage folder.
 * @param port 0 for any free one
 */
export async function openSandbox(home: string, port: number): Promise<RunningSandbox> {
  const [{ startSandbox }, { openPlainDatabase }] = await Promise.all([
    import('../adapters/sandbox/start-sandbox.ts'),
    import('../adapters/sqlite/plain-database.ts'),
  ]);
  return startSandbox({
    database: openPlainDatabase(join(home, 'sandbox.db')),
    sqlDatabase: openPlainDatabase(join(home, 'sandbox-sql.db')),
    port,
  });
}
