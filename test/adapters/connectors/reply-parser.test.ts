import { get } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ReplyError } from '../../../src/adapters/connectors/reply-head.ts';
import { ReplyParser } from '../../../src/adapters/connectors/reply-parser.ts';
import { sendsAndEnds, startHostileServer, type HostileServer } from '../../support/hostile-server.ts';

interface Seen {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly isComplete: boolean;
  readonly isKept: boolean;
}

/** What a parser makes of these bytes; `closes` when the far side then ends the connection. */
function read(parts: readonly (string | Buffer)[], closes = false): Seen {
  const chunks: Buffer[] = [];
  const parser = new ReplyParser({ head: () => undefined, data: (chunk) => chunks.push(chunk) });
  for (const part of parts) parser.feed(Buffer.from(part));
  if (closes) parser.end();
  const { status, headers } = parser.head ?? {};
  const body = Buffer.concat(chunks).toString();
  return { status, headers: { ...headers }, body, isComplete: parser.isComplete, isKept: parser.isKept };
}

/** How a reply is refused, or `undefined` when it is not. */
function refusal(text: string): ReplyError['kind'] | undefined {
  try {
    read([text]);
    return undefined;
  } catch (error) {
    return error instanceof ReplyError ? error.kind : undefined;
  }
}

const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const chunked =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;x=1\r\nhello\r\nA\r\n, 10 bytes\r\n0\r\nx-after: 1\r\n\r\n';
const untilClose = 'HTTP/1.0 200 OK\r\nserver: old\r\n\r\nall until the end';
const interim = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${sized}`;
const bare = 'HTTP/1.1 204\r\nx: 1\r\n\r\n';
const twice = 'HTTP/1.1 200 OK\r\nvia: a\r\nVia:b \r\ncontent-length: 0\r\n\r\n';
const replies = { sized, chunked, untilClose, interim, bare, twice };

describe('a reply', () => {
  it.each([
    ['sized', sized, 'hello'],
    ['chunked', chunked, 'hello, 10 bytes'],
    ['after interim replies', interim, 'hello'],
    ['without a body', bare, ''],
  ])('%s is complete with its last byte, and its connection is kept', (_, text, body) => {
    expect(read([text])).toMatchObject({ body, isComplete: true, isKept: true });
    expect(read([text.slice(0, -1)])).toMatchObject({ isComplete: false });
  });

  it('that ends with its connection is complete then', () => {
    expect(read([untilClose])).toMatchObject({ isComplete: false });
    expect(read([untilClose], true)).toMatchObject({ body: 'all until the end', isComplete: true, isKept: false });
  });

  it.each([sized, chunked])('that is cut off is not complete', (text) => {
    expect(read([text.slice(0, -3)], true)).toMatchObject({ isComplete: false });
  });

  it('is the same however it is cut into pieces', () => {
    const piecewise = fc.tuple(fc.constantFrom(...Object.values(replies)), fc.array(fc.nat(120), { maxLength: 8 }));
    fc.assert(
      fc.property(piecewise, ([text, cuts]) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));

        expect(read(pieces, true)).toEqual(read([text], true));
      }),
    );
  });

  it.each([
    ['that asks for it', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['that is followed by more', `${sized}HTTP/1.1 200 OK\r\n`],
    ['whose last chunk is followed by more', `${chunked}x`],
  ])('%s leaves a connection that is not kept', (_, text) => {
    expect(read([text])).toMatchObject({ isComplete: true, isKept: false });
  });

  it.each([
    ['a banner', 'SSH-2.0-OpenSSH_9.2\r\n', 'malformed'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'malformed'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'malformed'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n', 'malformed'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 5\r\n\r\n', 'malformed'],
    ['a bare line end in a header', 'HTTP/1.1 200 OK\r\nx: a\nb: c\r\n\r\n', 'malformed'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n', 'malformed'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 'malformed'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n', 'malformed'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n', 'malformed'],
    ['another transfer encoding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n', 'malformed'],
    ['a chunk of no size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'malformed'],
    ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n', 'malformed'],
    ['chunks that never say their size', `${chunked.slice(0, 50)}${'1'.repeat(17_000)}`, 'malformed'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'upgrade'],
    ['17 KB of headers', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`, 'too_long'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(3_000)}`, 'too_long'],
  ])('is refused when it is or has %s', (_, text, kind) => {
    expect(refusal(text)).toBe(kind);
  });
});

describe('the parser of replies and node:http', () => {
  let server: HostileServer | undefined;

  afterEach(() => server?.close());

  it.each(Object.keys(replies) as (keyof typeof replies)[])('agree about a reply that is %s', async (name) => {
    server = await startHostileServer(sendsAndEnds('end', replies[name]));

    const { status, headers, body } = read([replies[name]], true);

    expect({ status, headers, body }).toEqual(await readWithNode(server.url));
  });
});

function readWithNode(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, headers: { ...response.headers }, body }));
    }).on('error', reject);
  });
}
