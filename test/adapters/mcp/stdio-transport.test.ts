import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StdioTransport } from '../../../src/adapters/connectors/mcp/stdio-transport.ts';
import * as mcp from './harness.ts';

describe('the transport to a server over stdio', () => {
  let folder: string;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
  });
  afterEach(() => mcp.removeFolder(folder));

  async function listener(): Promise<StdioTransport> {
    const target = { kind: 'stdio', command: 'sh', args: ['-c', 'cat > heard'], env: {}, cwd: '.' } as const;
    const transport = new StdioTransport(target, { root: folder, home: folder, environment: process.env });
    await transport.start();
    return transport;
  }

  it('delivers what is sent in one turn in order, a line for each message', async () => {
    const transport = await listener();
    const messages = Array.from({ length: 100 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }) as const);

    await Promise.all(messages.map((message) => transport.send(message)));
    await transport.close();

    const heard = readFileSync(join(folder, 'heard'), 'utf8');
    expect(heard).toBe(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  });

  it('delivers what was sent just before it is closed', async () => {
    const transport = await listener();

    void transport.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    await transport.close();

    expect(readFileSync(join(folder, 'heard'), 'utf8')).toContain('notifications/cancelled');
  });

  it('refuses what is sent once the server has ended', async () => {
    const transport = await listener();
    await transport.close();

    await expect(transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' })).rejects.toThrow('The server has ended.');
  });
});
