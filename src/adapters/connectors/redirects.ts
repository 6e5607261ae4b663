import type { Reply } from './exchange.ts';
import type { HttpRequest } from './http-request.ts';

/** All that another origin gets to see; the rest may be a credential under any name. */
const harmlessHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'idempotency-key',
  'user-agent',
]);

/** The request that a redirect asks for, by the rules of browsers; undefined when the reply is no redirect. */
export function nextRequest(request: HttpRequest, { status, headers: { location } }: Reply): HttpRequest | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(status);
  if (!isRedirect || location === undefined || !URL.canParse(location, request.url.href)) return undefined;
  const url = new URL(location, request.url);
  const isSameOrigin = url.origin === request.url.origin;
  url.username = '';
  url.password = '';
  url.hash = '';
  const headers = isSameOrigin ? request.headers : keep(request.headers, (name) => harmlessHeaders.has(name));
  return becomesGet(request.method, status)
    ? { method: 'GET', url, headers: keep(headers, (name) => !name.startsWith('content-')), body: undefined }
    : { ...request, url, headers };
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return method === 'POST' && (status === 301 || status === 302);
}

function keep(
  headers: Readonly<Record<string, string>>,
  isKept: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));
}
