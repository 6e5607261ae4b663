import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpConnector } from '../../../src/adapters/connectors/http.ts';
import type { HttpAction, StepResult } from '../../../src/model/actions.ts';
import { call, faultOf, outputOf } from '../../contracts/connector.ts';

const servers: Server[] = [];

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const redirectTo =
  (location: string, status = 302): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { location }).end();

/** Answers with what it was asked. */
const mirror: RequestListener = (incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const { method, url, headers } = incoming;
    const body = JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() });
    response.setHeader('content-type', 'application/json').end(body);
  });
};

interface Mirrored {
  readonly body: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  };
}

const mirrored = (result: StepResult): Mirrored['body'] => (outputOf(result) as unknown as Mirrored).body;

interface Rules {
  readonly allowHosts?: readonly string[];
  /** What every name resolves to. */
  readonly address?: string;
}

function perform(
  url: string,
  more: Partial<HttpAction> = {},
  { allowHosts = [], address }: Rules = {},
): Promise<StepResult> {
  const connector = createHttpConnector({
    allowHosts,
    schemaCheck: { violations: () => Promise.resolve([]) },
    ...(address === undefined
      ? {}
      : { resolve: () => Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]) }),
  });
  const usual = { headers: {}, query: {}, expect: {}, computedHost: false, maxSizeBytes: 5_242_880 };
  return call(connector, { kind: 'http', method: 'GET', url, ...usual, ...more });
}

afterEach(async () => {
  const closing = servers.splice(0).map(
    (server) =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  await Promise.all(closing);
});

describe('a redirect', () => {
  it.each([
    ['GET', 301, 'GET'],
    ['HEAD', 303, 'HEAD'],
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['POST', 303, 'GET'],
    ['PUT', 302, 'PUT'],
    ['PUT', 303, 'GET'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
  ])('of a %s with %i is followed with %s', async (method, status, expected) => {
    const methods: string[] = [];
    const target = await serve((incoming, response) => {
      methods.push(incoming.method ?? '');
      response.end();
    });
    const url = await serve(redirectTo(target, status));

    await perform(url, { method });

    expect(methods).toEqual([expected]);
  });

  it('keeps the body where it keeps the method, and drops it with its headers otherwise', async () => {
    const target = await serve(mirror);
    const body = { kind: 'json', value: { a: 1 } } as const;

    const [kept, dropped] = await Promise.all(
      [307, 303].map(async (status) => perform(await serve(redirectTo(target, status)), { method: 'POST', body })),
    );

    expect(kept && mirrored(kept)).toMatchObject({ method: 'POST', body: '{"a":1}' });
    expect(dropped && mirrored(dropped)).toMatchObject({ method: 'GET', body: '' });
    expect(dropped && mirrored(dropped).headers).not.toHaveProperty('content-type');
  });

  it('takes no credential to another origin, whatever its header is called', async () => {
    const url = await serve(redirectTo(await serve(mirror)));
    const headers = { 'X-API-Key': 'k', Cookie: 'c', 'Accept-Language': 'de' };

    const { headers: seen } = mirrored(await perform(url, { headers, auth: { kind: 'bearer', token: 't' } }));

    expect(seen).toMatchObject({ 'accept-language': 'de' });
    for (const name of ['authorization', 'x-api-key', 'cookie']) expect(seen).not.toHaveProperty(name);
  });

  it('keeps the headers within an origin', async () => {
    const url = await serve((incoming, response) => {
      (incoming.url === '/next' ? mirror : redirectTo('/next'))(incoming, response);
    });

    const seen = mirrored(await perform(url, { headers: { 'X-API-Key': 'k' }, auth: { kind: 'bearer', token: 't' } }));

    expect(seen).toMatchObject({ url: '/next', headers: { 'x-api-key': 'k', authorization: 'Bearer t' } });
  });

  it('is an answer where the step expects it', async () => {
    const url = await serve(redirectTo('/elsewhere'));

    const output = outputOf(await perform(url, { expect: { status: ['302'] } }));

    expect(output).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
  });

  it('without a target is a fault', async () => {
    const url = await serve((_, response) => response.writeHead(302).end());

    expect(faultOf(await perform(url))).toMatchObject({ kind: 'http.302', outcome: 'failed', transient: false });
  });

  it('in a circle ends after five', async () => {
    let visits = 0;
    const url = await serve((incoming, response) => {
      visits += 1;
      redirectTo('/again')(incoming, response);
    });

    const fault = faultOf(await perform(url));

    expect(fault).toMatchObject({ kind: 'http.302', message: expect.stringContaining('more than 5 times') });
    expect(visits).toBe(6);
  });

  it('to a metadata service is refused, and a write before it may have happened', async () => {
    const url = await serve(redirectTo('http://169.254.169.254/latest/meta-data/', 307));

    expect(faultOf(await perform(url))).toMatchObject({ kind: 'egress_denied', outcome: 'not_executed' });
    expect(faultOf(await perform(url, { method: 'POST' }))).toMatchObject({
      kind: 'egress_denied',
      outcome: 'unknown',
    });
  });

  it('leads from another host to no address of the inner network', async () => {
    const inner = await serve(mirror);
    const url = (await serve(redirectTo(inner))).replace('127.0.0.1', 'public.example');

    const fault = faultOf(await perform(url, {}, { address: '127.0.0.1' }));

    expect(fault).toMatchObject({ kind: 'egress_denied', message: expect.stringContaining('not a public address') });
  });

  it('leads there when the configuration allows the host', async () => {
    const inner = await serve(mirror);
    const url = (await serve(redirectTo(inner))).replace('127.0.0.1', 'public.example');

    const result = await perform(url, {}, { address: '127.0.0.1', allowHosts: ['127.0.0.1'] });

    expect(result.ok).toBe(true);
  });

  it('to another scheme is refused', async () => {
    const url = await serve(redirectTo('file:///etc/passwd'));

    expect(faultOf(await perform(url))).toMatchObject({ kind: 'egress_denied' });
  });
});

describe('an address', () => {
  it.each([
    'http://169.254.169.254/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://0/',
    'http://2852039166/',
    'http://[::]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'file:///etc/passwd',
    'ftp://example.com/',
  ])('%s is never called', async (url) => {
    const fault = faultOf(await perform(url));

    expect(fault).toMatchObject({ kind: 'egress_denied', outcome: 'not_executed', transient: false });
  });

  it.each(['169.254.169.254', '0.0.0.0', 'fe80::1', '::ffff:169.254.169.254'])(
    'that a name turns out to be is checked: %s',
    async (address) => {
      const fault = faultOf(await perform('http://innocent.example/', {}, { address }));

      expect(fault).toMatchObject({ kind: 'egress_denied', outcome: 'not_executed', transient: false });
      expect(fault.message).toContain(`innocent.example leads to ${address}`);
    },
  );

  it('that was checked is the one that is called', async () => {
    const url = await serve(mirror);

    const result = await perform(url.replace('127.0.0.1', 'anything.example'), {}, { address: '127.0.0.1' });

    expect(result.ok).toBe(true);
  });
});

describe('a computed host', () => {
  it('is refused unless it is allowed, and the hint says where', async () => {
    const url = await serve(mirror);

    const fault = faultOf(await perform(url, { computedHost: true }, { allowHosts: ['example.com', '*.0.0.1'] }));

    expect(fault).toMatchObject({ kind: 'egress_denied', hint: expect.stringContaining('allow_hosts') });
  });

  it.each([
    ['by name', 'api.example.com', true],
    ['by name, in capitals', 'API.Example.com', true],
    ['by pattern', '*.example.com', true],
    ['for another name', 'example.com', false],
    ['for another port', 'api.example.com:1', false],
    ['for a name that merely ends alike', '*.ample.com', false],
  ])('is judged %s', async (_, pattern, isAllowed) => {
    const url = (await serve(mirror)).replace('127.0.0.1', 'api.example.com');

    const result = await perform(url, { computedHost: true }, { allowHosts: [pattern], address: '127.0.0.1' });

    expect(result.ok).toBe(isAllowed);
  });

  it('may be allowed together with its port', async () => {
    const url = await serve(mirror);

    const result = await perform(url, { computedHost: true }, { allowHosts: [new URL(url).host] });

    expect(result.ok).toBe(true);
  });
});
