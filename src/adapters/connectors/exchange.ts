import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault } from '../../model/faults.ts';
import { abortFault, connectionFault, invalidReply, tooLarge } from './faults.ts';
import { decode } from './reply-body.ts';

/** A whole reply, its body decompressed. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Exchange = { readonly ok: true; readonly reply: Reply } | { readonly ok: false; readonly fault: Fault };

export interface ExchangeOptions {
  /** Method and address, for messages. */
  readonly call: string;
  /** Limit of the body before and after decompression. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Sends the request and reads the whole reply, whatever its status. Ends when the signal aborts, also while the
 * request waits for a socket, while it connects and while the body drips; the socket is then destroyed.
 */
export function exchange(request: ClientRequest, body: string, options: ExchangeOptions): Promise<Exchange> {
  const { call, signal } = options;
  return new Promise((resolve) => {
    const mayBeSent = watchSending(request);
    let isReceived = false;
    const settle = (result: Exchange): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(result);
      if (!result.ok) request.destroy();
    };
    const onAbort = (): void => settle({ ok: false, fault: abortFault(call, signal, mayBeSent()) });
    const onLost = (error?: Error): void => settle({ ok: false, fault: connectionFault(call, error, mayBeSent()) });
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('error', onLost);
    // Some connections end without an error, such as one with an upgrade that nobody asked for.
    request.on('close', () => isReceived || onLost());
    request.on('response', (response) => {
      response.on('end', () => (isReceived = true));
      receive(response, options, settle);
    });
    if (signal.aborted) onAbort();
    else request.end(body);
  });
}

/** Reads a reply to its end. `report` may be called again after a fault, which is the one that counts. */
export function receive(response: IncomingMessage, options: ExchangeOptions, report: (result: Exchange) => void): void {
  const { call, maxBytes, signal } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  const fail = (fault: Fault): void => {
    response.removeAllListeners('data');
    report({ ok: false, fault });
  };
  response.on('error', (error) => {
    fail(signal.aborted ? abortFault(call, signal, true) : connectionFault(call, error, true));
  });
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) return fail(overLimit(call, maxBytes));
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) fail(overLimit(call, maxBytes));
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const raw = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    finish(response, raw, { options, report });
  });
}

function finish(
  response: IncomingMessage,
  raw: Buffer,
  to: { readonly options: ExchangeOptions; readonly report: (result: Exchange) => void },
): void {
  const { statusCode: status = 0, headers } = response;
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return to.report({ ok: true, reply: { status, headers, body: raw } });
  void unpack(raw, encoding, to.options).then((body) => {
    const result: Exchange = Buffer.isBuffer(body)
      ? { ok: true, reply: { status, headers, body } }
      : { ok: false, fault: body };
    return to.report(result);
  });
}

async function unpack(raw: Buffer, encoding: string, { call, maxBytes }: ExchangeOptions): Promise<Buffer | Fault> {
  const decoded = await decode(raw, encoding, maxBytes);
  if (decoded.ok) return decoded.body;
  if (decoded.reason === 'too_large') return overLimit(call, maxBytes);
  return invalidReply(call, `the body cannot be decompressed (${encoding})`);
}

function overLimit(call: string, maxBytes: number): Fault {
  const megabytes = maxBytes / 1_048_576;
  const limit = megabytes >= 1 ? `${Number(megabytes.toFixed(1))} MB` : `${maxBytes} bytes`;
  return tooLarge(call, `the reply is larger than ${limit}`);
}

/**
 * Tells at any time whether the far side may have received something of the request: not before the connection
 * (with TLS: its handshake) stands. A reused connection may have carried it at once.
 */
export function watchSending(request: ClientRequest): () => boolean {
  let mayBeSent = false;
  const markSent = (): void => {
    mayBeSent = true;
  };
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket) markSent();
    else if ('encrypted' in socket) socket.once('secureConnect', markSent);
    else if (socket.connecting) socket.once('connect', markSent);
    else markSent();
  });
  return () => mayBeSent;
}
