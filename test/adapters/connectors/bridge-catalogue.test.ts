import { afterEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../../bench/fake-bridge.mjs';
import { createBridgeConnector } from '../../../src/adapters/connectors/bridge.ts';
import type { ToolDescription } from '../../../src/model/executions.ts';
import { reply, sendsAndEnds, startHostileServer, type HostileServer } from '../../support/hostile-server.ts';

const never = new AbortController().signal;
const schema = { type: 'object' };

async function listFrom(url: string, apiKey?: string): Promise<readonly ToolDescription[]> {
  const connector = createBridgeConnector({ url, ...(apiKey === undefined ? {} : { apiKey }) });
  return connector.list(never).finally(() => connector.close());
}

describe('the tools of a bridge', () => {
  let server: HostileServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('are listed with server, name, description and parameters', async () => {
    const bridge = await startBridge();

    const tools = await listFrom(bridge.url);
    await bridge.close();

    expect(tools).toHaveLength(245);
    expect(tools[0]).toMatchObject({ server: 'render', name: 'get_service', parameters: { type: 'object' } });
  });

  it.each([
    ['a plain list', [{ server: 'render', name: 'a', description: 'A' }]],
    ['names with the server in them', { tools: [{ name: 'render/a', description: 'A' }] }],
    ['lists by server', { render: [{ name: 'a', description: 'A' }] }],
    ['lists by server under "tools"', { tools: { render: [{ name: 'a', description: 'A' }] } }],
    ['servers with their tools', { servers: { render: { tools: [{ name: 'a', description: 'A' }] } } }],
  ])('may come as %s', async (_, body) => {
    server = await startHostileServer(sendsAndEnds('end', reply(JSON.stringify(body))));

    expect(await listFrom(server.url)).toEqual([{ server: 'render', name: 'a', description: 'A' }]);
  });

  it.each(['parameters', 'inputSchema', 'input_schema'])('may call their schema "%s"', async (key) => {
    const tools = [{ server: 'render', name: 'a', [key]: schema }];
    server = await startHostileServer(sendsAndEnds('end', reply(JSON.stringify({ tools }))));

    expect(await listFrom(server.url)).toEqual([{ server: 'render', name: 'a', description: '', parameters: schema }]);
  });

  it('leave out entries that name no tool', async () => {
    const tools = [{ server: 'render' }, 7, { name: 'nowhere' }, { server: 'render', name: 'a' }];
    server = await startHostileServer(sendsAndEnds('end', reply(JSON.stringify({ tools }))));

    expect(await listFrom(server.url)).toEqual([{ server: 'render', name: 'a', description: '' }]);
  });

  it('may be none', async () => {
    server = await startHostileServer(sendsAndEnds('end', reply('{"tools":[]}')));

    expect(await listFrom(server.url)).toEqual([]);
  });

  it.each([
    ['a page', '<html>', '200 OK'],
    ['something else', '{"hello":"world"}', '200 OK'],
    ['an error', 'down', '503 Service Unavailable'],
  ])('cannot be read from %s', async (_, body, status) => {
    server = await startHostileServer(sendsAndEnds('end', reply(body, {}, status)));

    await expect(listFrom(server.url)).rejects.toMatchObject({ code: 'BRIDGE_UNREACHABLE' });
  });

  it('cannot be read where nobody listens', async () => {
    await expect(listFrom('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'BRIDGE_UNREACHABLE',
      hint: expect.stringContaining('MCP_BRIDGE_URL'),
    });
  });

  it('are kept from whoever has the wrong key', async () => {
    const bridge = await startBridge({ apiKey: 'right-key' });

    const listing = listFrom(bridge.url, 'wrong-key');

    await expect(listing).rejects.toMatchObject({
      code: 'BRIDGE_KEY_REFUSED',
      hint: expect.stringContaining('MCP_API_KEY'),
    });
    await bridge.close();
  });
});
