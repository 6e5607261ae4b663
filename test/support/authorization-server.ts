import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AuthorizationServer {
  readonly url: string;
  /** Of the requests for tokens, oldest first: their grant, or `register` and `revoke`. */
  readonly requests: readonly string[];
  /** True for a token that was given out here, has not expired, and was not revoked. */
  accepts(token: string): boolean;
  /** All access tokens that were given out are of no use any more. */
  expireTokens(): void;
  /** Refresh tokens are of no use any more. */
  endSessions(): void;
  /** From now on each request for a token is answered so; undefined: as it should be. */
  answerTokens(answer: ((response: ServerResponse) => void) | undefined): void;
  close(): Promise<void>;
}

export interface AuthorizationServerOptions {
  /** Seconds; an hour unless given. */
  readonly lifetime?: number;
  /** False: clients must be registered by hand. */
  readonly registers?: boolean;
  /** What `/authorize` brings back instead of a code. */
  readonly refuses?: string;
  readonly refreshes?: boolean;
  /** Members of the metadata that are not true. */
  readonly metadata?: object;
}

export const machine = { id: 'machine', secret: 'secret of the machine' } as const;

interface Grant {
  readonly challenge: string;
  readonly client: string;
  readonly redirect: string;
}

/** OAuth as MCP asks for it: metadata, registration, codes with PKCE, refresh tokens that serve once, revocation. */
export async function startAuthorizationServer(options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  const { lifetime = 3_600, registers = true, refreshes = true } = options;
  const requests: string[] = [];
  const clients = new Set<string>([machine.id]);
  const codes = new Map<string, Grant>();
  const refreshTokens = new Set<string>();
  const spent = new Set<string>();
  const accessTokens = new Set<string>();
  let answer: ((response: ServerResponse) => void) | undefined;
  let url = '';

  const metadata = (): object => ({
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    revocation_endpoint: `${url}/revoke`,
    ...(registers && { registration_endpoint: `${url}/register` }),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    ...options.metadata,
  });

  function give(scope: string | null): object {
    const [access, renewal] = [`access-${randomUUID()}`, `refresh-${randomUUID()}`];
    accessTokens.add(access);
    if (refreshes) refreshTokens.add(renewal);
    return {
      access_token: access,
      token_type: 'Bearer',
      expires_in: lifetime,
      ...(scope !== null && { scope }),
      ...(refreshes && { refresh_token: renewal }),
    };
  }

  function tokensFor(request: IncomingMessage, body: URLSearchParams): object {
    const grant = body.get('grant_type') ?? '';
    requests.push(grant);
    const [, given = ''] = (request.headers.authorization ?? '').split(' ');
    const [id, secret] = Buffer.from(given, 'base64').toString().split(':').map(decodeURIComponent);
    if (grant === 'client_credentials') {
      return id === machine.id && secret === machine.secret ? give(body.get('scope')) : { error: 'invalid_client' };
    }
    if (grant === 'refresh_token') {
      const token = body.get('refresh_token') ?? '';
      // A token that is used twice was stolen: the whole session ends.
      if (spent.has(token)) refreshTokens.clear();
      if (!refreshTokens.delete(token))
        return { error: 'invalid_grant', error_description: 'the session\u001B[2J has ended' };
      spent.add(token);
      return give(body.get('scope'));
    }
    const code = codes.get(body.get('code') ?? '');
    codes.delete(body.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight = code?.challenge === challenge && code.redirect === body.get('redirect_uri');
    return isRight && code.client === (body.get('client_id') ?? id) ? give(null) : { error: 'invalid_grant' };
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const back = new URL(query.get('redirect_uri') ?? '');
    back.searchParams.set('state', query.get('state') ?? '');
    back.searchParams.set('iss', url);
    if (options.refuses === undefined) {
      const code = randomUUID();
      const [challenge, client] = [query.get('code_challenge') ?? '', query.get('client_id') ?? ''];
      if (clients.has(client)) codes.set(code, { challenge, client, redirect: query.get('redirect_uri') ?? '' });
      back.searchParams.set('code', code);
    } else back.searchParams.set('error', options.refuses);
    response.writeHead(302, { location: back.href }).end();
  }

  function post(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '', url);
    if (pathname === '/register') {
      requests.push('register');
      const client = `client-${randomUUID()}`;
      clients.add(client);
      return reply(response, 201, { ...(JSON.parse(body) as object), client_id: client });
    }
    const params = new URLSearchParams(body);
    if (pathname === '/revoke') {
      requests.push('revoke');
      refreshTokens.delete(params.get('token') ?? '');
      return reply(response, 200, {});
    }
    if (answer !== undefined) return answer(response);
    const given = tokensFor(request, params);
    return reply(response, 'error' in given ? 400 : 200, given);
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', url);
    if (request.method === 'GET') {
      if (pathname === '/.well-known/oauth-authorization-server') return reply(response, 200, metadata());
      if (pathname === '/authorize') return authorize(searchParams, response);
      return reply(response, 404, {});
    }
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => post(request, body, response));
    return undefined;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    accepts: (token) => accessTokens.has(token),
    expireTokens: () => accessTokens.clear(),
    endSessions: () => refreshTokens.clear(),
    answerTokens: (next) => (answer = next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
