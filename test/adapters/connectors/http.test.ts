import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpConnector, type HttpOptions } from '../../../src/adapters/connectors/http.ts';
import type { HttpAction, StepResult } from '../../../src/model/actions.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts';
import {
  call,
  describeConnector,
  describeNetworkConnector,
  faultOf,
  outputOf,
  type ConnectorHarness,
} from '../../contracts/connector.ts';

const plain: HttpOptions = { allowHosts: [], schemaCheck: { violations: () => Promise.resolve([]) } };

function request(url: string, more: Partial<HttpAction> = {}): HttpAction {
  const usual = { headers: {}, query: {}, expect: {}, computedHost: false, maxSizeBytes: 5_242_880 };
  return { kind: 'http', method: 'GET', url, ...usual, ...more };
}

function perform(action: HttpAction, options: Partial<HttpOptions> = {}): Promise<StepResult> {
  return call(createHttpConnector({ ...plain, ...options }), action);
}

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Site {
  readonly url: string;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

/** A server that keeps what it was sent. */
async function startSite(answer: RequestListener): Promise<Site> {
  const seen: Seen[] = [];
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(incoming, response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

async function openHarness(): Promise<ConnectorHarness> {
  let hanging = 0;
  const site = await startSite((incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://site');
    if (pathname === '/hang') {
      hanging += 1;
      response.once('close', () => (hanging -= 1));
    } else if (pathname === '/refuse') response.writeHead(400).end('no');
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ word: searchParams.get('word') }));
  });
  const connector = createHttpConnector(plain);
  return {
    connector,
    answering: (word) => request(`${site.url}/echo`, { query: { word } }),
    wordIn(output) {
      const body = isJsonObject(output) ? output['body'] : undefined;
      return isJsonObject(body) ? body['word'] : undefined;
    },
    refused: () => request(`${site.url}/refuse`, { method: 'POST' }),
    unreachable: () => ({ connector, action: request('http://127.0.0.1:1') }),
    hanging: () => request(`${site.url}/hang`),
    hangingNow: () => hanging,
    close: () => site.close(),
  };
}

describeConnector('the http connector', openHarness);

describeNetworkConnector('the http connector', () => ({
  to: (url) => ({ connector: createHttpConnector(plain), action: request(url, { method: 'POST' }) }),
  close: () => Promise.resolve(),
}));

describe('an http step', () => {
  const sites: Site[] = [];

  async function site(answer: RequestListener): Promise<Site> {
    const started = await startSite(answer);
    sites.push(started);
    return started;
  }

  afterEach(async () => {
    await Promise.all(sites.splice(0).map((each) => each.close()));
  });

  it('gives status, headers and body', async () => {
    const { url } = await site((_, response) => {
      response.writeHead(201, {
        'Content-Type': 'application/problem+json; charset=utf-8',
        'Set-Cookie': ['a=1', 'b=2'],
      });
      response.end('{"n":1}');
    });

    const output = outputOf(await perform(request(url)));

    expect(output).toMatchObject({
      status: 201,
      headers: { 'content-type': 'application/problem+json; charset=utf-8', 'set-cookie': ['a=1', 'b=2'] },
      body: { n: 1 },
    });
  });

  it.each<[string, string | undefined, Buffer, Json]>([
    ['text', 'text/plain', Buffer.from('{"n":1}'), '{"n":1}'],
    ['text in another alphabet', 'text/plain; charset=latin1', Buffer.from('Stra\u00dfe', 'latin1'), 'Stra\u00dfe'],
    ['text without a type', undefined, Buffer.from('hello'), 'hello'],
    ['nothing', 'application/json', Buffer.alloc(0), null],
  ])('reads a body that is %s', async (_, type, bytes, expected) => {
    const { url } = await site((__, response) => {
      if (type !== undefined) response.setHeader('content-type', type);
      response.end(bytes);
    });

    expect(outputOf(await perform(request(url)))).toMatchObject({ body: expected });
  });

  it('takes no picture for an answer', async () => {
    const { url } = await site((_, response) => {
      response.setHeader('content-type', 'image/png').end(Buffer.from([0x89, 0x50, 0xff, 0xfe]));
    });

    const fault = faultOf(await perform(request(url)));

    expect(fault).toMatchObject({ kind: 'invalid_reply', message: expect.stringContaining('image/png') });
  });

  it.each<[HttpAction['body'], string, string]>([
    [{ kind: 'json', value: { a: ['ü', null] } }, 'application/json', '{"a":["ü",null]}'],
    [
      { kind: 'form', value: { a: 'x y&z', b: [1, 2], c: null } },
      'application/x-www-form-urlencoded',
      'a=x%20y%26z&b=1&b=2&c=',
    ],
    [{ kind: 'text', value: '<a/>' }, 'text/plain; charset=utf-8', '<a/>'],
  ])('sends a body: %j', async (body, type, text) => {
    const { url, seen } = await site((_, response) => response.end());

    await perform(request(url, { method: 'POST', ...(body === undefined ? {} : { body }) }));

    expect(seen).toMatchObject([{ method: 'POST', body: text, headers: { 'content-type': type } }]);
  });

  it('adds the query and leaves the encoding of the url as it was written', async () => {
    const { url, seen } = await site((_, response) => response.end());

    await perform(request(`${url}/a%2Fb?x=%20y#part`, { query: { q: 'ü & more', tag: ['1', '2'] } }));

    expect(seen[0]?.url).toBe('/a%2Fb?x=%20y&q=%C3%BC%20%26%20more&tag=1&tag=2');
  });

  it.each([
    ['a token', { auth: { kind: 'bearer', token: 't0k' } } as const, 'Bearer t0k'],
    ['a name and a password', { auth: { kind: 'basic', username: 'me', password: 'p:w' } } as const, 'Basic bWU6cDp3'],
  ])('proves who it is with %s', async (_, more, expected) => {
    const { url, seen } = await site((__, response) => response.end());

    await perform(request(url, more));

    expect(seen[0]?.headers.authorization).toBe(expected);
  });

  it('uses the credentials in a url, and shows them to nobody', async () => {
    const { url } = await site((_, response) => response.writeHead(401).end());

    const fault = faultOf(await perform(request(url.replace('//', '//me:hidden1@'))));

    expect(fault).toMatchObject({ kind: 'http.401', message: `GET ${url}/ answered 401 Unauthorized` });
  });

  it.each([
    ['GET', undefined],
    ['HEAD', undefined],
    ['POST', 'key-1'],
    ['DELETE', 'key-1'],
  ])('says with %s which call it is, where that matters', async (method, expected) => {
    const { url, seen } = await site((_, response) => response.end());

    await perform(request(url, { method }));

    expect(seen[0]?.headers['idempotency-key']).toBe(expected);
  });

  it.each([
    [['404'], 404, true],
    [['2xx', '404'], 200, true],
    [['5XX'], 503, true],
    [['201'], 500, false],
    [undefined, 204, true],
  ])('that expects %j takes %s for a success: %s', async (status, answered, isSuccess) => {
    const { url } = await site((_, response) => response.writeHead(answered).end());

    const { ok } = await perform(request(url, { expect: status === undefined ? {} : { status } }));

    expect(ok).toBe(isSuccess);
  });

  it('fails its expectation when another success comes than the one it expects', async () => {
    const { url } = await site((_, response) => response.writeHead(202).end());

    const fault = faultOf(await perform(request(url, { expect: { status: ['201'] } })));

    expect(fault).toMatchObject({ kind: 'expectation', outcome: 'failed', transient: false });
  });

  it('fails its expectation when the body does not fit the schema', async () => {
    const { url } = await site((_, response) =>
      response.setHeader('content-type', 'application/json').end('{"n":"x"}'),
    );
    const schema: JsonObject = { type: 'object' };
    const violations = (given: JsonObject, value: Json) =>
      Promise.resolve(given === schema && value !== null ? [{ path: 'n', message: 'must be a number' }] : []);

    const fault = faultOf(await perform(request(url, { expect: { schema } }), { schemaCheck: { violations } }));

    expect(fault).toMatchObject({ kind: 'expectation', message: expect.stringContaining('n must be a number') });
  });

  it('reads no more than it may', async () => {
    const { url } = await site((_, response) => response.end('x'.repeat(101)));

    const fault = faultOf(await perform(request(url, { maxSizeBytes: 100 })));

    expect(fault).toMatchObject({ kind: 'too_large', message: expect.stringContaining('100 bytes') });
  });

  it.each([
    ['a url without a host', { url: 'v1/items' }],
    ['a login that cannot be decoded', { url: 'http://ops:50%@127.0.0.1:1/' }],
    ['a method that is none', { method: 'GET /' }],
    ['a header with a line end', { headers: { 'X-Note': 'a\r\nX-Admin: yes' } }],
    ['a length of its own', { headers: { 'Content-Length': '3' } }],
    ['a form with a form in it', { method: 'POST', body: { kind: 'form', value: { a: { b: 1 } } } } as const],
  ])('with %s is not sent', async (_, more) => {
    const { url, seen } = await site((__, response) => response.end());

    const fault = faultOf(await perform(request(url, more)));

    expect(fault).toMatchObject({ kind: 'invalid_params', outcome: 'not_executed', transient: false });
    expect(seen).toEqual([]);
  });
});
