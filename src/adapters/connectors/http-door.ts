import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import { receive, watchSending, type Exchange, type ExchangeOptions } from './exchange.ts';
import { abortFault, connectionFault } from './faults.ts';

/** One request and its one answer; a redirect is an answer like any other. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly lookup: LookupFunction;
}

/**
 * The one door to axios. Nothing of axios is left to chance: no redirects, no proxies, no decompression, no limits
 * and no errors of its own, since those leak headers, keep dripping bodies alive and pass off broken JSON as text.
 */
export async function http(hop: Hop, options: ExchangeOptions): Promise<Exchange> {
  const { call, signal } = options;
  if (signal.aborted) return { ok: false, fault: abortFault(call, signal, false) };
  const [{ default: axios }, watched] = await Promise.all([import('axios'), watchedTransport(hop)]);
  try {
    const answer = axios.request<IncomingMessage>({
      ...plain,
      url: hop.url.href,
      method: hop.method,
      headers: { ...hop.headers },
      data: hop.body,
      signal,
      transport: watched.transport,
      httpAgent: watched.agent,
      httpsAgent: watched.agent,
    });
    const { data } = await Promise.race([answer, watched.lost]);
    return await receiveUntilAborted(data, options);
  } catch (error) {
    const sent = watched.mayBeSent();
    const fault = signal.aborted ? abortFault(call, signal, sent) : connectionFault(call, error, sent);
    return { ok: false, fault };
  }
}

const plain = {
  proxy: false,
  maxRedirects: 0,
  decompress: false,
  responseType: 'stream',
  validateStatus: () => true,
  transformRequest: (data: unknown) => data,
} as const;

/** Connections are not kept: the hosts of `http` steps are many, and a fresh one cannot be stale. */
async function watchedTransport({ url, lookup }: Hop) {
  const { request, Agent } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const agent = new Agent({ keepAlive: false, lookup });
  let mayBeSent: (() => boolean) | undefined;
  let onLost: ((error: Error) => void) | undefined;
  // axios waits for ever when a connection ends without error and without answer, as after an upgrade.
  const lost = new Promise<never>((_, reject) => (onLost = reject));
  lost.catch(() => undefined);
  const transport = {
    request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
      const opened = request(options, onResponse);
      mayBeSent = watchSending(opened);
      opened.once('close', () => onLost?.(new Error('closed')));
      return opened;
    },
  };
  return { agent, transport, lost, mayBeSent: () => mayBeSent?.() ?? false };
}

function receiveUntilAborted(response: IncomingMessage, options: ExchangeOptions): Promise<Exchange> {
  const { call, signal } = options;
  return new Promise((resolve) => {
    const settle = (result: Exchange): void => {
      signal.removeEventListener('abort', onAbort);
      if (!result.ok) response.destroy();
      resolve(result);
    };
    const onAbort = (): void => settle({ ok: false, fault: abortFault(call, signal, true) });
    signal.addEventListener('abort', onAbort, { once: true });
    receive(response, options, settle);
    if (signal.aborted) onAbort();
  });
}
