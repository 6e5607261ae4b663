import { createHash, timingSafeEqual } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RunnerError } from '../../../../model/errors.ts';

/** What a browser brings back from an authorization server. */
export interface Redirected {
  readonly code?: string;
  readonly iss?: string;
  readonly error?: string;
  readonly description?: string;
}

/** Waits on loopback for a browser that comes back. Whoever opens it closes it. */
export interface RedirectListener {
  readonly address: string;
  readonly redirected: Promise<Redirected>;
  close(): void;
}

const path = '/callback';

/**
 * @param state what tells the browser that was sent out from any other page that knows the port
 * @param port 0 takes any free one
 * @throws RunnerError USAGE when the port is taken
 */
export async function listenForRedirect(state: string, port: number): Promise<RedirectListener> {
  const arrival = new EventEmitter<{ redirected: [Redirected] }>();
  const redirected = once(arrival, 'redirected').then(([first]) => first);
  const server = createServer((request, response) => {
    const params = paramsOf(request);
    if (params === undefined) return answer(response, 404, 'There is nothing here.');
    if (!isSame(params.get('state') ?? '', state))
      return answer(response, 400, 'This is not the login that was begun.');
    const failed = params.has('error') || !params.has('code');
    answer(
      response,
      200,
      failed ? 'The login failed. See the terminal.' : 'You are logged in. You can close this page.',
    );
    return arrival.emit('redirected', redirectedBy(params));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  }).catch((cause: unknown) => {
    throw new RunnerError('USAGE', `Nothing can listen on port ${port} of 127.0.0.1.`, {
      hint: 'Choose another with --port, or leave it out.',
      cause,
    });
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    redirected,
    close: () => {
      server.close();
      // The page that says how it went is on its way.
      server.closeIdleConnections();
    },
  };
}

function paramsOf({ method, url = '' }: IncomingMessage): URLSearchParams | undefined {
  if (method !== 'GET' || !URL.canParse(url, 'http://127.0.0.1')) return undefined;
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  return pathname === path ? searchParams : undefined;
}

function redirectedBy(params: URLSearchParams): Redirected {
  const members = [
    ['code', params.get('code')],
    ['iss', params.get('iss')],
    ['error', params.get('error')],
    ['description', params.get('error_description')],
  ].filter(([, value]) => value !== null);
  return Object.fromEntries(members) as Redirected;
}

/** Nothing of the request is repeated. */
function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(`${text}\n`);
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
