import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolServer } from '../../../src/engine/ports.ts';
import type { McpServer } from '../../../src/model/mcp-servers.ts';
import { faultOf, outputOf } from '../../contracts/connector.ts';
import { activeResources, expectResourcesBackTo } from '../../support/hostile-resources.ts';
import { closedPort, sends, startHostileServer } from '../../support/hostile-server.ts';
import { startBothHttp } from './both-http.ts';
import * as mcp from './harness.ts';
import { startToyHttp, type ToyHttp } from './toy-http.ts';

function json(text: string): (response: ServerResponse) => void {
  return (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

describe('an MCP server over HTTP', () => {
  let folder: string;
  let before: readonly string[];
  let toy: ToyHttp;
  let server: ToolServer;

  beforeEach(async () => {
    before = activeResources();
    folder = mcp.temporaryFolder();
    toy = await startToyHttp();
    server = mcp.connectorFor({ kind: 'http', url: toy.url, headers: { Authorization: 'Bearer sesame' } }, folder);
  });
  afterEach(async () => {
    await server.close();
    await toy.close();
    mcp.removeFolder(folder);
    await expectResourcesBackTo(before);
  });

  it('gets the headers of its configuration with every request', async () => {
    await mcp.perform(server, 'word', { word: 'x' });

    const headers = toy.requests().map((request) => request.headers);
    expect(headers.every(({ authorization }) => authorization === 'Bearer sesame')).toBe(true);
    expect(headers.every((each) => each['runner-request'] === undefined)).toBe(true);
  });

  it('is told when its session is over', async () => {
    await mcp.perform(server, 'word', { word: 'x' });

    await server.close();

    expect(toy.requests().at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'session-1' } });
  });

  it('is greeted anew when it was restarted, without a fault', async () => {
    await mcp.perform(server, 'word', { word: 'before' });

    toy.restart();

    expect(outputOf(await mcp.perform(server, 'word', { word: 'after' }))).toBe('after');
  });

  it('reports progress while a call goes on', async () => {
    const reports: unknown[] = [];
    const context = { ...mcp.context, report: (progress: unknown) => void reports.push(progress) };

    await server.call(mcp.toolCall('steps'), context, mcp.never);

    expect(reports).toHaveLength(3);
  });

  it.each([
    [503, '3', { kind: 'http.503', outcome: 'unknown', transient: true, retryAfterMs: 3_000 }],
    [429, '7', { kind: 'rate_limited', outcome: 'not_executed', transient: true, retryAfterMs: 7_000 }],
    [403, undefined, { kind: 'http.403', outcome: 'failed', transient: false }],
  ])('that answers a call with %i is understood', async (status, retryAfter, expected) => {
    await mcp.perform(server, 'word', { word: 'x' });
    toy.answerCalls((response) => {
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('why');
    });

    expect(faultOf(await mcp.perform(server, 'word', { word: 'x' }))).toMatchObject(expected);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['cuts the connection', (response) => response.destroy(), 'connection'],
    [
      'cuts the stream',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
        setImmediate(() => response.destroy());
      },
      'connection',
    ],
    [
      'ends the stream without an answer',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': bye\n\n'),
      'connection',
    ],
    [
      'resets the connection',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
        setImmediate(() => response.socket?.resetAndDestroy());
      },
      'connection',
    ],
    [
      'sends a bomb that nobody asked to be packed',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(64 * 1_048_576, ' ')));
      },
      'invalid_reply',
    ],
    ['sends half of the JSON', json('{"jsonrpc":"2.0"'), 'invalid_reply'],
    [
      'sends a page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'invalid_reply',
    ],
    ['sends 11 MB', json(`"${'x'.repeat(11 * 1_048_576)}"`), 'too_large'],
    [
      'sends an event of 11 MB',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${'x'.repeat(11 * 1_048_576)}\n\n`);
      },
      'too_large',
    ],
  ])('that %s ends the call, and the next one works', async (_, answer, kind) => {
    await mcp.perform(server, 'word', { word: 'x' });
    toy.answerCalls(answer);

    const fault = faultOf(await mcp.perform(server, 'word', { word: 'x' }));
    toy.answerCalls(undefined);

    expect(fault).toMatchObject({ kind, outcome: 'unknown' });
    expect(outputOf(await mcp.perform(server, 'word', { word: 'next' }))).toBe('next');
  });

  it.each([
    ['a stream', 'text/event-stream', ': still here\n\n'],
    ['JSON', 'application/json', ' '],
  ])('that drips %s without end is left at the end of the time', async (_, type, drop) => {
    await mcp.perform(server, 'word', { word: 'x' });
    let timer: NodeJS.Timeout | undefined;
    const late = new AbortController();
    toy.answerCalls((response) => {
      response.writeHead(200, { 'content-type': type });
      timer = setInterval(() => response.write(drop), 10);
      setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), 300);
      response.on('close', () => clearInterval(timer));
    });

    const result = await server.call(mcp.toolCall('word'), mcp.context, late.signal);
    toy.answerCalls(undefined);

    expect(faultOf(result)).toMatchObject({ kind: 'timeout', outcome: 'unknown', transient: true });
    expect(outputOf(await mcp.perform(server, 'word', { word: 'next' }))).toBe('next');
  });
});

describe('the revision of the protocol over HTTP', () => {
  it.each([
    ['auto', '2026-07-28'],
    ['2025-11-25', '2025-11-25'],
    ['2026-07-28', '2026-07-28'],
  ] as const)('may be %s', async (era, spoken) => {
    const folder = mcp.temporaryFolder();
    const both = await startBothHttp();
    const server = mcp.connectorFor({ kind: 'http', url: both.url, headers: {} }, folder, { era });

    const tools = await server.list(mcp.never);
    const output = outputOf(await mcp.perform(server, 'word', { word: 'hello' }));
    await server.close();
    await both.close();
    mcp.removeFolder(folder);

    expect(tools.map(({ name }) => name)).toEqual(['word']);
    expect(output).toBe('hello');
    expect(both.revisions).toContain(spoken);
  });
});

describe('an MCP server over HTTP that cannot be greeted', () => {
  let folder: string;

  beforeEach(() => {
    folder = mcp.temporaryFolder();
  });
  afterEach(() => mcp.removeFolder(folder));

  async function callAt(url: string, settings: Partial<McpServer> = {}): Promise<unknown> {
    const server = mcp.connectorFor({ kind: 'http', url, headers: {} }, folder, settings);
    const fault = faultOf(await mcp.perform(server, 'word', { word: 'x' }));
    await server.close();
    return fault;
  }

  it('because nobody listens was not called', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/mcp`;

    expect(await callAt(url)).toMatchObject({ kind: 'connection', outcome: 'not_executed', transient: true });
  });

  it.each([
    ['is silent', '', 'connection'],
    ['refuses the credentials', 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n', 'http.401'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'invalid_reply'],
  ])('because it %s was not called', async (_, text, kind) => {
    const far = await startHostileServer(text === '' ? {} : sends(text));

    const fault = await callAt(`${far.url}/mcp`, text === '' ? { connectTimeoutMs: 500 } : {});
    await far.close();

    expect(fault).toMatchObject({ kind, outcome: 'not_executed', hint: expect.stringContaining('runner.yaml') });
  });
});
