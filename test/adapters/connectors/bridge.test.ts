import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBridge, type FakeBridge } from '../../../bench/fake-bridge.mjs';
import { createBridgeConnector, type BridgeConnector } from '../../../src/adapters/connectors/bridge.ts';
import type { ToolAction } from '../../../src/model/actions.ts';
import { isJsonObject, type Json } from '../../../src/model/json.ts';
import {
  call,
  describeConnector,
  describeNetworkConnector,
  faultOf,
  outputOf,
  type ConnectorHarness,
} from '../../contracts/connector.ts';
import { reply, sends, sendsAndEnds, startHostileServer, type HostileServer } from '../../support/hostile-server.ts';

const apiKey = 'key-of-the-bridge';
const never = new AbortController().signal;

function toolCall(tool: string, params: ToolAction['params'] = {}): ToolAction {
  return { kind: 'tool', server: 'render', tool, params };
}

async function openHarness(): Promise<ConnectorHarness> {
  const rules = { 'render/refuse': { status: 400 }, 'render/hang': { hang: 'before' } } as const;
  const bridge = await startBridge({ rules });
  const connector = createBridgeConnector({ url: bridge.url });
  const nowhere = createBridgeConnector({ url: 'http://127.0.0.1:1' });
  return {
    connector,
    answering: (word) => toolCall('echo', { word }),
    wordIn: (output) => (isJsonObject(output) ? output['word'] : undefined),
    refused: () => toolCall('refuse'),
    unreachable: () => ({ connector: nowhere, action: toolCall('echo') }),
    hanging: () => toolCall('hang'),
    hangingNow: () => bridge.stats().inFlight,
    async close() {
      connector.close();
      nowhere.close();
      await bridge.close();
    },
  };
}

describeConnector('the bridge connector', openHarness);

describeNetworkConnector('the bridge connector', () => {
  const opened: BridgeConnector[] = [];
  return {
    to(url) {
      const connector = createBridgeConnector({ url });
      opened.push(connector);
      return { connector, action: toolCall('echo') };
    },
    async close() {
      for (const connector of opened) connector.close();
    },
  };
});

describe('a call through the bridge', () => {
  let bridge: FakeBridge;
  let connector: BridgeConnector;

  beforeEach(async () => {
    bridge = await startBridge({ apiKey, record: 10 });
    connector = createBridgeConnector({ url: `${bridge.url}/`, apiKey });
  });
  afterEach(async () => {
    connector.close();
    await bridge.close();
  });

  it('sends server, tool and params with the keys of the bridge and of the call', async () => {
    await call(connector, toolCall('restart', { serviceId: 'srv-1' }));

    expect(bridge.requests()).toMatchObject([
      {
        server: 'render',
        tool: 'restart',
        params: { serviceId: 'srv-1' },
        headers: { 'x-api-key': apiKey, 'idempotency-key': 'key-1', 'content-type': 'application/json' },
      },
    ]);
  });

  it('reuses its connections', async () => {
    for (let count = 0; count < 5; count += 1) await call(connector, toolCall('echo'));

    expect(bridge.stats().connections).toBe(1);
  });

  it('opens no more connections than it is allowed', async () => {
    const narrow = createBridgeConnector({ url: bridge.url, apiKey, maxInFlight: 2 });

    const results = await Promise.all(Array.from({ length: 10 }, () => call(narrow, toolCall('echo'))));
    narrow.close();

    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(bridge.stats().connections).toBe(2);
  });

  it('that waits for a connection was surely not executed when it is aborted', async () => {
    const narrow = createBridgeConnector({ url: bridge.url, apiKey, maxInFlight: 1 });
    bridge.setRules({ 'render/hang': { hang: 'before' } });
    const [first, second] = [new AbortController(), new AbortController()];
    const hanging = call(narrow, toolCall('hang'), first.signal);
    await expect.poll(() => bridge.stats().inFlight).toBe(1);

    const waiting = call(narrow, toolCall('echo'), second.signal);
    second.abort();

    expect(faultOf(await waiting)).toMatchObject({ kind: 'cancelled', outcome: 'not_executed' });
    first.abort();
    await hanging;
    narrow.close();
  });

  it.each([
    ['null', { body: { result: null } }, null],
    ['false', { body: { result: false, error: null } }, false],
    [
      'structured content',
      { result: { content: [{ type: 'text', text: 'x' }], structuredContent: { a: 1 } } },
      { a: 1 },
    ],
    ['one block of JSON text', { result: { content: [{ type: 'text', text: ' {"a":1}' }] } }, { a: 1 }],
    ['one block of text', { result: { content: [{ type: 'text', text: '{not json' }] } }, '{not json'],
    [
      'text blocks',
      { result: { content: [1, 2].map((n) => ({ type: 'text', text: `line ${n}` })) } },
      'line 1\nline 2',
    ],
    ['no block', { result: { content: [] } }, null],
    [
      'a value with content of its own',
      { result: { id: 1, content: [{ type: 'text', text: 'x' }] } },
      { id: 1, content: [{ type: 'text', text: 'x' }] },
    ],
    ['an image', { result: { content: [{ type: 'image', data: 'AA==' }] } }, [{ type: 'image', data: 'AA==' }]],
  ])('understands a result that is %s', async (_, rule, expected: Json) => {
    bridge.setRules({ '*': rule });

    expect(outputOf(await call(connector, toolCall('echo')))).toEqual(expected);
  });

  it.each([
    ['an error', { error: 'no such customer' }, 'tool_error', 'no such customer'],
    ['an error object', { error: { code: 7, message: 'declined' } }, 'tool_error', 'declined'],
    ['a reply that is an error', { isError: true, message: 'broken' }, 'tool_error', 'broken'],
    [
      'an MCP error',
      { result: { isError: true, content: [{ type: 'text', text: 'quota used up' }] } },
      'tool_error',
      'quota used up',
    ],
    ['an unknown tool', { error: 'MCP error -32602: Unknown tool: echo' }, 'unknown_tool', 'Unknown tool: echo'],
    ['a tool that was not found', { error: "Tool 'render/echo' not found" }, 'unknown_tool', 'not found'],
    [
      'an unknown server',
      { error: { message: 'Server "render" is not registered' } },
      'unknown_tool',
      'not registered',
    ],
    [
      'a tool that found nothing',
      { error: 'Tool echo failed: customer not found' },
      'tool_error',
      'customer not found',
    ],
  ])('takes %s in a 200 as a fault', async (_, body, kind, words) => {
    bridge.setRules({ '*': { body } });

    const fault = faultOf(await call(connector, toolCall('echo')));

    expect(fault).toMatchObject({ kind, outcome: 'failed', transient: false });
    expect(fault.message).toContain(words);
  });

  it.each([
    ['no result', '{"execution_id":"e1"}', 'has no "result"'],
    ['a list', '[1]', 'not a JSON object'],
    ['a login page', '<html><title>Sign in</title>', 'Sign in'],
    ['nothing', '', 'empty'],
  ])('does not take %s for an answer', async (_, body, words) => {
    bridge.setRules({ '*': { body } });

    const fault = faultOf(await call(connector, toolCall('echo')));

    expect(fault).toMatchObject({ kind: 'invalid_reply', outcome: 'unknown', transient: false });
    expect(fault.message).toContain(words);
  });

  it('to a tool that the bridge does not know names the tool list', async () => {
    bridge.setRules({ '*': { status: 404 } });

    const fault = faultOf(await call(connector, toolCall('echo')));

    expect(fault).toMatchObject({ kind: 'unknown_tool', outcome: 'failed', transient: false });
    expect(fault.hint).toContain('runner tools');
  });

  it('with a wrong key says which variable to check, and never the key', async () => {
    const wrong = createBridgeConnector({ url: bridge.url, apiKey: 'wrong-key' });

    const fault = faultOf(await call(wrong, toolCall('echo')));
    wrong.close();

    expect(fault).toMatchObject({ kind: 'http.401', outcome: 'failed', transient: false });
    expect(fault.hint).toContain('MCP_API_KEY');
    expect(JSON.stringify(fault)).not.toContain('wrong-key');
  });

  it('hides the key where the bridge repeats it', async () => {
    bridge.setRules({ '*': { status: 500, body: `bad header x-api-key: ${apiKey}` } });

    const fault = faultOf(await call(connector, toolCall('echo')));

    expect(fault.message).toContain('bad header x-api-key: [redacted]');
  });

  it.each([
    ['seconds', '2', 2_000],
    ['far too long', '86400', 3_600_000],
    ['a date in the past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['a date far ahead', 'Wed, 21 Oct 2065 07:28:00 GMT', 3_600_000],
    ['nonsense', 'soon', undefined],
  ])('is asked to wait: %s', async (_, retryAfter, expected) => {
    bridge.setRules({ '*': { status: 429, retryAfter } });

    const fault = faultOf(await call(connector, toolCall('echo')));

    expect(fault.retryAfterMs).toBe(expected);
  });

  it('carries an idempotency key of any characters', async () => {
    const context = { idempotencyKey: 'order 7\r\nX-Evil: ü', run: 'r', step: 's', attempt: 1 };

    await connector.call(toolCall('echo'), context, never);

    expect(bridge.requests()[0]?.headers['idempotency-key']).toBe('order%207%0d%0aX-Evil:%20%c3%bc');
  });
});

describe('a bridge behind another server', () => {
  let server: HostileServer;

  afterEach(() => server.close());

  it('keeps the path of its address', async () => {
    let firstLine = '';
    server = await startHostileServer({
      onAccept: (socket) =>
        socket.once('data', (bytes: Buffer) => (firstLine = bytes.toString().split('\r\n')[0] ?? '')),
      ...sendsAndEnds('end', reply('{"result":1}')),
    });
    const connector = createBridgeConnector({ url: `${server.url}/gateway/v1/` });

    await call(connector, toolCall('echo'));
    connector.close();

    expect(firstLine).toBe('POST /gateway/v1/mcp/execute HTTP/1.1');
  });

  it('does not follow a redirect, and names its target without the query', async () => {
    const location = 'https://login.example.com/start?token=abc';
    server = await startHostileServer(sends(reply('', { location }, '302 Found')));
    const connector = createBridgeConnector({ url: server.url, apiKey });

    const fault = faultOf(await call(connector, toolCall('echo')));
    connector.close();

    expect(fault).toMatchObject({ kind: 'http.302', outcome: 'failed', transient: false });
    expect(fault.message).toMatch(/redirect to https:\/\/login\.example\.com\/start$/);
    expect(fault.hint).toContain('MCP_BRIDGE_URL');
  });

  it('uses no proxy of the environment', async () => {
    server = await startHostileServer(sendsAndEnds('end', reply('{"result":"direct"}')));
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    const connector = createBridgeConnector({ url: server.url });

    const result = await call(connector, toolCall('echo'));
    connector.close();
    delete process.env['HTTP_PROXY'];

    expect(outputOf(result)).toBe('direct');
  });
});

describe('the address of a bridge', () => {
  it.each(['', 'localhost:3000', 'ftp://host', 'http://host/?key=1'])('is refused when it is %j', (url) => {
    expect(() => createBridgeConnector({ url })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('MCP_BRIDGE_URL') }),
    );
  });

  it('is refused together with a key that no header can carry, which the message does not repeat', () => {
    expect(() => createBridgeConnector({ url: 'http://localhost', apiKey: 'secret\n' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('secret') }),
    );
  });
});
