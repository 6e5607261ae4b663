import { describe, expect, it } from 'vitest';
import { createMemoryBreakers } from '../../src/adapters/memory/breakers.ts';
import { createMemoryLimits } from '../../src/adapters/memory/limits.ts';
import { namespacedBreakers, namespacedLimits } from '../../src/app/namespaces.ts';
import type { McpServer } from '../../src/model/mcp-servers.ts';

const staging = { bridge: { kind: 'url', url: 'https://staging.example.com', from: 'test' } } as const;
const production = { bridge: { kind: 'url', url: 'https://example.com', from: 'test' } } as const;

function server(command: string): McpServer {
  const times = { connectTimeoutMs: 1, idleStopMs: 1 };
  const target = { kind: 'stdio', command, args: [], env: {} } as const;
  return { name: 'files', target, ...times, concurrency: 1, trustsAnnotations: false, era: 'auto' };
}

describe('circuits and limits', () => {
  it('of a tool behind the bridge are kept apart by the bridge', () => {
    const store = createMemoryBreakers();
    namespacedBreakers(store, { ...staging, mcpServers: [] }).update('render/get', () => open);

    expect(namespacedBreakers(store, { ...production, mcpServers: [] }).load('render/get')).toBeUndefined();
  });

  it('of a tool of an MCP server are kept apart by that server, whatever the bridge is', () => {
    const store = createMemoryBreakers();
    namespacedBreakers(store, { ...staging, mcpServers: [server('files-1')] }).update('files/read', () => open);

    expect(namespacedBreakers(store, { ...production, mcpServers: [server('files-1')] }).load('files/read')).toBe(open);
    expect(
      namespacedBreakers(store, { ...staging, mcpServers: [server('files-2')] }).load('files/read'),
    ).toBeUndefined();
  });

  it('of the sandbox use up nothing of the real ones', () => {
    const store = createMemoryLimits();
    const turn = { key: 'stripe/charge', max: 1, perMs: 1_000 };
    namespacedLimits(store, { bridge: { kind: 'sandbox', from: 'test' }, mcpServers: [] }).take({ turn }, 1);

    expect(namespacedLimits(store, { ...production, mcpServers: [] }).take({ turn }, 1).kind).toBe('granted');
  });
});

const open = { state: 'open', since: 1, failures: 1 } as const;
