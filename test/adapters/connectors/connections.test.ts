import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridgeConnector, type BridgeConnector } from '../../../src/adapters/connectors/bridge.ts';
import type { ToolAction } from '../../../src/model/actions.ts';
import { call, faultOf, outputOf } from '../../contracts/connector.ts';
import { reply, startHostileServer, type HostileServer } from '../../support/hostile-server.ts';
import { selfSigned } from '../../support/self-signed.ts';

const echo: ToolAction = { kind: 'tool', server: 'render', tool: 'echo', params: {} };

describe('a connection to the bridge', () => {
  let server: HostileServer;
  let connector: BridgeConnector;

  async function facing(onRequest: (socket: Socket, count: number) => void, options = {}): Promise<void> {
    let count = 0;
    server = await startHostileServer({
      onAccept: (socket) => socket.on('data', () => onRequest(socket, (count += 1))),
    });
    connector = createBridgeConnector({ url: server.url, ...options });
  }

  afterEach(async () => {
    connector.close();
    await server.close();
  });

  it('passes over interim replies', async () => {
    await facing((socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${reply('{"result":1}').toString()}`));

    expect(outputOf(await call(connector, echo))).toBe(1);
  });

  it.each([
    ['is used again', { 'keep-alive': 'timeout=5' }, 1],
    ['is not used again when the server says that it closes', { connection: 'close' }, 2],
    ['is not used again when the server would close within a second', { 'keep-alive': 'timeout=1' }, 2],
  ])('%s', async (_, headers, times) => {
    const accepted = new Set<Socket>();
    await facing((socket) => {
      accepted.add(socket);
      socket.write(reply('{"result":1}', headers));
    });

    await call(connector, echo);
    await call(connector, echo);

    expect(accepted.size).toBe(times);
  });

  it('that is lost under a call leaves its outcome unknown, and nothing is sent again', async () => {
    let seen = 0;
    await facing((socket, count) => {
      seen = count;
      if (count === 1) socket.write(reply('{"result":1}'));
      else socket.resetAndDestroy();
    });
    await call(connector, echo);

    const fault = faultOf(await call(connector, echo));

    expect(fault).toMatchObject({ kind: 'connection', outcome: 'unknown' });
    expect(seen).toBe(2);
  });

  it('is made anew for the call after one that was lost', async () => {
    await facing((socket, count) => {
      if (count === 1) socket.resetAndDestroy();
      else socket.write(reply('{"result":1}'));
    });
    await call(connector, echo);

    expect(outputOf(await call(connector, echo))).toBe(1);
  });

  it('that closes from here ends the call that it carries, and what waits was not executed', async () => {
    let seen = 0;
    await facing((_, count) => (seen = count), { maxInFlight: 1 });
    const carried = call(connector, echo);
    const waiting = call(connector, echo);
    await expect.poll(() => seen).toBe(1);

    connector.close();

    expect(faultOf(await carried)).toMatchObject({ kind: 'connection', outcome: 'unknown' });
    expect(faultOf(await waiting)).toMatchObject({ kind: 'connection', outcome: 'not_executed' });
  });

  it('brings what the server says unasked to nobody', async () => {
    let unasked: Socket | undefined;
    await facing((socket) => socket.write(reply('{"result":"own"}'), () => (unasked ??= socket)));
    await call(connector, echo);
    unasked?.write(reply('{"result":"of somebody else"}'));
    await expect.poll(() => server.openConnections()).toBe(0);

    expect(outputOf(await call(connector, echo))).toBe('own');
  });

  it('carries the credentials of the address', async () => {
    let request = '';
    server = await startHostileServer({
      onAccept: (socket) =>
        socket.once('data', (bytes: Buffer) => {
          request = bytes.toString();
          socket.write(reply('{"result":1}'));
        }),
    });
    connector = createBridgeConnector({ url: server.url.replace('//', '//ann:p%40ss@') });

    await call(connector, echo);

    expect(request).toContain(`\r\nauthorization: Basic ${Buffer.from('ann:p@ss').toString('base64')}\r\n`);
  });
});

describe('a bridge behind TLS', () => {
  let server: Server;
  let url = '';
  let connections = 0;

  beforeEach(async () => {
    connections = 0;
    server = createServer(await selfSigned(), (request, response) => {
      request.resume();
      request.once('end', () => response.end('{"result":"secret"}'));
    });
    server.on('secureConnection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    server.close();
    server.closeAllConnections();
  });

  it('answers over one connection', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const connector = createBridgeConnector({ url });

    await call(connector, echo);
    const output = outputOf(await call(connector, echo));
    connector.close();

    expect(output).toBe('secret');
    expect(connections).toBe(1);
  });

  it('was surely not called when its certificate is not trusted', async () => {
    const connector = createBridgeConnector({ url });

    const fault = faultOf(await call(connector, echo));
    connector.close();

    expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed' });
    expect(fault.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });
});
