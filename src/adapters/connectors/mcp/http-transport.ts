import {
  isJSONRPCRequest,
  StreamableHTTPClientTransport,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import type { McpTarget } from '../../../model/mcp-servers.ts';
import type { Fault } from '../../../model/faults.ts';
import { connectionFault } from '../faults.ts';
import type { ServerCredentials } from './auth/server-credentials.ts';
import { faultMessage } from './fault-messages.ts';
import { createHttpFetch, requestHeader, type HttpFetch } from './http-fetch.ts';

/** Longer than any wait for an answer deserves: the connection ends without a farewell. */
const farewellMs = 1_000;

/** A request that may be answered by a stream. */
interface Journey {
  readonly controller: AbortController;
  isStreaming: boolean;
  fault?: Fault;
}

/**
 * The SDK's transport with three things that it lacks: a call whose stream breaks ends at once instead of at its
 * time-out, a cancelled call lets go of its connection, and a fault tells whether the request may have arrived.
 */
export class HttpTransport extends StreamableHTTPClientTransport {
  /** Who calls, where the server wants to be told by OAuth. */
  readonly credentials: ServerCredentials | undefined;
  readonly #journeys: Map<string, Journey>;
  readonly #http: HttpFetch;

  constructor({ url, headers }: McpTarget & { readonly kind: 'http' }, credentials: ServerCredentials | undefined) {
    const address = new URL(url);
    const journeys = new Map<string, Journey>();
    const change = (request: string, news: Partial<Journey>): void => {
      Object.assign(journeys.get(request) ?? {}, news);
    };
    const http = createHttpFetch(address, {
      streaming: (request) => change(request, { isStreaming: true }),
      broken: (request, fault) => change(request, { fault }),
    });
    super(address, {
      fetch: http.fetch,
      requestInit: { headers: { ...headers } },
      ...(credentials && { authProvider: credentials }),
    });
    this.credentials = credentials;
    this.#http = http;
    this.#journeys = journeys;
  }

  lastFault(): Fault | undefined {
    return this.#http.lastFault();
  }

  override async send(message: JSONRPCMessage, options: TransportSendOptions = {}): Promise<void> {
    if (isJSONRPCRequest(message)) return this.#sendRequest(message, options);
    try {
      await super.send(message, sendable(options));
    } finally {
      if ('method' in message && message.method === 'notifications/cancelled') {
        this.#finish(String(message.params?.['requestId']))?.controller.abort();
      }
    }
  }

  override async close(): Promise<void> {
    await this.#sayFarewell();
    this.#journeys.clear();
    await super.close();
    this.#http.close();
  }

  async #sendRequest(message: JSONRPCRequest, options: TransportSendOptions): Promise<void> {
    const id = String(message.id);
    const journey: Journey = { controller: new AbortController(), isStreaming: false };
    this.#journeys.set(id, journey);
    const { signal } = journey.controller;
    const requestSignal = options.requestSignal ? AbortSignal.any([signal, options.requestSignal]) : signal;
    requestSignal.addEventListener('abort', () => this.#finish(id), { once: true });
    const onRequestStreamEnd = (): void => this.#reportBroken(message, this.#finish(id));
    const headers = { ...options.headers, [requestHeader]: id };
    try {
      await super.send(message, { ...sendable(options), headers, requestSignal, onRequestStreamEnd });
    } finally {
      if (!journey.isStreaming) this.#finish(id);
    }
  }

  /** Where the answer came before the stream ended, the SDK knows the call no longer and ignores this. */
  #reportBroken({ id }: JSONRPCRequest, journey: Journey | undefined): void {
    const fault = journey?.fault ?? connectionFault('The server', new Error('the stream ended'), true);
    this.onmessage?.(faultMessage(id, fault));
  }

  #finish(id: string): Journey | undefined {
    const journey = this.#journeys.get(id);
    this.#journeys.delete(id);
    return journey;
  }

  async #sayFarewell(): Promise<void> {
    if (this.sessionId === undefined) return;
    const timer = { id: undefined as NodeJS.Timeout | undefined };
    const late = new Promise<void>((resolve) => {
      timer.id = setTimeout(resolve, farewellMs);
    });
    await Promise.race([this.terminateSession().catch(() => undefined), late]);
    clearTimeout(timer.id);
  }
}

type Sendable = NonNullable<Parameters<StreamableHTTPClientTransport['send']>[1]>;

/** The options that are set: the SDK's two interfaces differ in whether an unset one may be there. */
function sendable(options: TransportSendOptions): Sendable {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
