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
    const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    const { statusCode: status = 0, headers } = response;
    const whole = wholeReply({ status, headers, body }, options);
    if (whole instanceof Promise) void whole.then(report);
    else report(whole);
  });
}

/** A reply that came to its end, its body decompressed within the limit; at once where there is nothing to undo. */
export function wholeReply(received: Reply, options: ExchangeOptions): Exchange | Promise<Exchange> {
  const encoding = received.headers['content-encoding'];
  return encoding === undefined ? { ok: true, reply: received } : unpack(received, encoding, options);
}

async function unpack(received: Reply, encoding: string, { call, maxBytes }: ExchangeOptions): Promise<Exchange> {
  const decoded = await decode(received.body, encoding, maxBytes);
  if (decoded.ok) return { ok: true, reply: { ...received, body: decoded.body } };
  if (decoded.reason === 'too_large') return { ok: false, fault: overLimit(call, maxBytes) };
  return { ok: false, fault: invalidReply(call, `the body cannot be decompressed (${encoding})`) };
}

/** The fault of a body that is longer than it may be. */
export function overLimit(call: string, maxBytes: number): Fault {
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
