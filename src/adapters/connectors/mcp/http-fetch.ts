import type { ClientRequest, IncomingMessage } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import type { FetchLike } from '@modelcontextprotocol/client';
import type { Fault } from '../../../model/faults.ts';
import { watchSending } from '../exchange.ts';
import { abortFault, connectionFault, invalidReply, statusFault, tooLarge } from '../faults.ts';
import { loadTransport, type Transport as Connections } from '../keep-alive.ts';
import { FaultError } from './fault-error.ts';

const largestMessageBytes = 10 * 1_048_576;

/** Requests of one server. Unlike the platform's `fetch` it tells whether a lost request may have arrived. */
export interface HttpFetch {
  readonly fetch: FetchLike;
  /** The last refusal or failure, with what the server said about when to come back. */
  lastFault(): Fault | undefined;
  /** Destroys all connections. */
  close(): void;
}

/** What a request carries so that a stream that breaks can be told from others. Never leaves this process. */
export const requestHeader = 'runner-request';

interface Outgoing {
  readonly name: string;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What is told of a request, named by its `requestHeader`. */
export interface RequestWatch {
  /** It is answered by a stream. */
  streaming(request: string): void;
  /** The reply broke off. */
  broken(request: string, fault: Fault): void;
}

export function createHttpFetch(url: URL, watch: RequestWatch): HttpFetch {
  const { protocol, hostname, port, auth } = urlToHttpOptions(url);
  let connections: Promise<Connections> | undefined;
  let lastFault: Fault | undefined;

  const noted = (fault: Fault): Fault => (lastFault = fault);

  async function send(address: URL, headers: Headers, outgoing: Outgoing & { readonly method: string }) {
    connections ??= loadTransport({ protocol, hostname, port, auth }, Number.POSITIVE_INFINITY);
    const { open } = await connections;
    const { body, method } = outgoing;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const path = `${address.pathname}${address.search}`;
    return answerTo(open({ method, path, headers: { ...Object.fromEntries(headers), ...length } }), outgoing);
  }

  const fetch: FetchLike = async (to, init = {}) => {
    lastFault = undefined;
    const address = new URL(to);
    const headers = new Headers(init.headers);
    const request = headers.get(requestHeader);
    headers.delete(requestHeader);
    const method = init.method ?? 'GET';
    const name = `${method} ${address.origin}${address.pathname}`;
    const body = typeof init.body === 'string' ? init.body : undefined;
    const signal = init.signal ?? undefined;
    const answer = await send(address, headers, { name, body, method, signal }).catch((error: unknown) => {
      if (error instanceof FaultError && signal?.aborted !== true) noted(error.fault);
      throw error;
    });
    const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
    if (request !== null && isStream) watch.streaming(request);
    const broken = (fault: Fault): void => {
      if (request !== null) watch.broken(request, noted(fault));
    };
    if (isRefusal(answer)) noted(statusFault(name, { status: answer.statusCode, headers: answer.headers }, ''));
    return responseOf(answer, { name, signal, isStream, broken });
  };

  return {
    fetch,
    lastFault: () => lastFault,
    close: () => void connections?.then(({ close }) => close()),
  };
}

/** Resolves with the head of the reply. Rejects with a {@link FaultError}. */
function answerTo(request: ClientRequest, { name, body, signal }: Outgoing): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const mayBeSent = watchSending(request);
    const fail = (fault: Fault): void => {
      reject(new FaultError(fault));
      request.destroy();
    };
    const onAbort = (): void => {
      if (signal !== undefined) fail(abortFault(name, signal, mayBeSent()));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('close', () => {
      signal?.removeEventListener('abort', onAbort);
      fail(connectionFault(name, new Error('closed'), mayBeSent()));
    });
    request.on('error', (error) => fail(connectionFault(name, error, mayBeSent())));
    request.on('response', resolve);
    if (signal?.aborted === true) onAbort();
    else request.end(body);
  });
}

function isRefusal(answer: IncomingMessage): answer is IncomingMessage & { readonly statusCode: number } {
  return answer.statusCode !== undefined && answer.statusCode >= 300;
}

interface Reading {
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly isStream: boolean;
  readonly broken: (fault: Fault) => void;
}

function responseOf(answer: IncomingMessage, reading: Reading): Response {
  const { statusCode: status = 0, statusMessage = '' } = answer;
  if (status < 200 || status > 599) {
    answer.destroy();
    throw new FaultError(invalidReply(reading.name, `the status ${status} is none`));
  }
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  if (!hasBody) answer.resume();
  const body = hasBody ? ReadableStream.from(chunksOf(answer, reading)) : null;
  return new Response(body, { status, statusText: statusMessage, headers: pairsOf(answer) });
}

function pairsOf({ headers }: IncomingMessage): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.join(', ') : value]];
  });
}

/** The body, as long as no message in it is too large. */
async function* chunksOf(answer: IncomingMessage, reading: Reading): AsyncGenerator<Uint8Array> {
  const { name, signal, isStream, broken } = reading;
  let size = 0;
  const fail = (fault: Fault): FaultError => {
    broken(fault);
    return new FaultError(fault);
  };
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const eventEnd = isStream ? chunk.lastIndexOf('\n\n') : -1;
      size = eventEnd >= 0 ? chunk.length - eventEnd : size + chunk.length;
      if (size > largestMessageBytes) throw fail(tooLarge(name, 'a message is larger than 10 MB'));
      yield chunk;
    }
  } catch (error) {
    if (error instanceof FaultError) throw error;
    throw fail(signal?.aborted === true ? abortFault(name, signal, true) : connectionFault(name, error, true));
  } finally {
    answer.destroy();
  }
}
