import type { ClientRequest, RequestOptions } from 'node:http';

/**
 * An idle connection is closed here before a typical server (5 s) closes it there: a request that meets a closing
 * connection is lost, and nobody knows whether it arrived. Where a server announces a shorter time
 * (`Keep-Alive: timeout=…`), node keeps one second clear of it.
 */
const idleMs = 4_000;

/** Opens requests to one target over connections that are kept and reused. */
export interface Transport {
  readonly open: (options: Pick<RequestOptions, 'method' | 'path' | 'headers'>) => ClientRequest;
  /** Destroys all connections, those in use included. */
  readonly close: () => void;
}

/** TLS is loaded only for a target that needs it. */
export async function loadTransport(target: RequestOptions, maxSockets: number): Promise<Transport> {
  const { Agent, request } = target.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets, timeout: idleMs, scheduling: 'lifo' });
  const { protocol, hostname, port, auth } = target;
  return {
    open: ({ method, path, headers }) => request({ protocol, hostname, port, auth, agent, method, path, headers }),
    close: () => agent.destroy(),
  };
}
