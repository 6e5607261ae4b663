import type { FetchLike } from '@modelcontextprotocol/client';
import { createEgress, type Origin } from '../../egress.ts';
import { refusedHere } from '../../faults.ts';
import { http } from '../../http-door.ts';
import { FaultError } from '../fault-error.ts';

const longestMs = 10_000;
const maxBytes = 1_048_576;

export interface AuthFetchOptions {
  /** Address of the MCP server. */
  readonly server: string;
  /** Hosts that may be reached though the MCP server chose them and they are not public. */
  readonly allowHosts: readonly string[];
  /** Addresses that the project's own configuration names. */
  readonly trusted: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Requests to authorization servers. An MCP server says where they are, so what it names must be public, or on the
 * server's own host, or allowed; nothing of the server's own headers is sent there.
 */
export function createAuthFetch({ server, allowHosts, trusted, signal }: AuthFetchOptions): FetchLike {
  const egress = createEgress(allowHosts);
  const byText: Origin = { by: 'text' };
  const byServer: Origin = { by: 'redirect', from: new URL(server).hostname };

  return async (to, init = {}) => {
    const url = new URL(to);
    const method = init.method ?? 'GET';
    const call = `${method} ${url.origin}${url.pathname}`;
    const origin = trusted.includes(url.href) ? byText : byServer;
    const refusal = egress.refusal(url, origin);
    if (refusal !== undefined) throw new FaultError(withHint(refusedHere('egress_denied', `${call}: ${refusal}`), url));
    const body = init.body === undefined || init.body === null ? undefined : textOf(init.body);
    const hop = {
      method,
      url,
      headers: Object.fromEntries(new Headers(init.headers)),
      body,
      lookup: egress.lookupFor(url, origin),
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
    const answer = await http(hop, { call, maxBytes, signal: limit });
    if (!answer.ok) throw new FaultError(withHint(answer.fault, url));
    const { status, headers, body: bytes } = answer.reply;
    const hasBody = status !== 204 && status !== 205 && status !== 304;
    const pairs = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
      return value === undefined || name === 'content-encoding' ? [] : [[name, String(value)]];
    });
    return new Response(hasBody ? new Uint8Array(bytes) : null, { status, headers: pairs });
  };
}

function textOf(body: unknown): string {
  return typeof body === 'string' || body instanceof URLSearchParams ? String(body) : '';
}

function withHint<F extends { readonly kind: string }>(fault: F, { host }: URL): F & { readonly hint?: string } {
  if (fault.kind !== 'egress_denied') return fault;
  const hint = `The MCP server names ${host} as its authorization server. If that is right, add it to "egress.allow_hosts" in runner.yaml.`;
  return { ...fault, hint };
}
