import {
  exchangeAuthorization,
  extractWWWAuthenticateParams,
  OAuthError,
  registerClient,
  startAuthorization,
  type FetchLike,
  type OAuthClientInformationMixed,
} from '@modelcontextprotocol/client';
import { randomBytes } from 'node:crypto';
import { RunnerError } from '../../../../model/errors.ts';
import type { BrowserLogin, McpServer } from '../../../../model/mcp-servers.ts';
import { asSentence } from '../../../../model/sentence.ts';
import { excerpt } from '../../faults.ts';
import { createHttpFetch } from '../http-fetch.ts';
import { FaultError } from '../fault-error.ts';
import { createAuthFetch } from './auth-fetch.ts';
import { reasonOf } from './auth-faults.ts';
import { discoverAuthorization, type AuthorizationServer, type Challenge } from './authorization-server.ts';
import { withFileLock } from './file-lock.ts';
import { LoginFile } from './login-file.ts';
import { loginOf } from './obtain-tokens.ts';
import { listenForRedirect, type Redirected, type RedirectListener } from './redirect-listener.ts';
import type { AuthSurroundings } from './server-credentials.ts';

export interface LoginRequest extends AuthSurroundings {
  readonly server: McpServer;
  /** Where the browser comes back to, on loopback; 0 takes any free one. */
  readonly port: number;
  /** Shows the address that a person must open. */
  readonly show: (address: URL, port: number) => void;
  readonly signal: AbortSignal;
}

/** How a login ended well. */
export interface LoginReport {
  readonly authorizationServer: string;
  readonly scope: string | undefined;
  /** False: the person must log in again once the token has expired. */
  readonly renewable: boolean;
  readonly expiresAt: number | undefined;
}

/**
 * Has a person log in with a browser, and keeps the tokens.
 * @throws RunnerError LOGIN_FAILED, USAGE; the signal's reason when it aborts
 */
export async function logIn(request: LoginRequest): Promise<LoginReport> {
  const { server, port, signal, allowHosts } = request;
  const { url, auth, headers } = requireBrowser(server);
  const fetchFn = createAuthFetch({ server: url, allowHosts, trusted: [], signal });
  const state = randomBytes(32).toString('base64url');
  const listener = await listenForRedirect(state, port);
  try {
    const challenge = await challengeOf(url, headers, signal);
    const authorization = await discoverAuthorization(url, challenge, fetchFn);
    return await authorize({ request, auth, authorization, listener, state, fetchFn });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof RunnerError ? error : loginFailed(server, error);
  } finally {
    listener.close();
  }
}

interface Authorizing {
  readonly request: LoginRequest;
  readonly auth: BrowserLogin;
  readonly authorization: AuthorizationServer;
  readonly listener: RedirectListener;
  readonly state: string;
  readonly fetchFn: FetchLike;
}

async function authorize(authorizing: Authorizing): Promise<LoginReport> {
  const { request, auth, authorization, listener, state, fetchFn } = authorizing;
  const { url, metadata, resource } = authorization;
  const scope = auth.scope ?? authorization.scope;
  const known = { ...(metadata && { metadata }), ...(resource !== undefined && { resource }) };
  const clientInformation = await clientFor(authorizing, scope);
  const { authorizationUrl, codeVerifier } = await startAuthorization(url, {
    ...known,
    clientInformation,
    redirectUrl: listener.address,
    ...(scope !== undefined && { scope }),
    state,
  });
  requireWebAddress(authorizationUrl);
  request.show(authorizationUrl, Number(new URL(listener.address).port));
  const { code, iss } = codeIn(await unlessAborted(listener.redirected, request.signal));
  const tokens = await exchangeAuthorization(url, {
    ...known,
    clientInformation,
    authorizationCode: code,
    ...(iss !== undefined && { iss }),
    codeVerifier,
    redirectUri: listener.address,
    fetchFn,
  });
  const kept = { ...(scope !== undefined && { scope }), ...tokens };
  // The secret of a configured client is the configuration's, and is written nowhere else.
  const client = auth.clientId === undefined ? clientInformation : { client_id: auth.clientId };
  const file = new LoginFile(request.home, request.server);
  const login = await withFileLock(file.path, request.signal, () =>
    Promise.resolve(file.write(loginOf(authorization, client, kept))),
  );
  return {
    authorizationServer: metadata?.issuer ?? url,
    scope: kept.scope,
    renewable: tokens.refresh_token !== undefined,
    expiresAt: login.expiresAt,
  };
}

function requireBrowser({ name, target }: McpServer) {
  if (target.kind === 'http' && target.auth?.oauth === 'browser') return { ...target, auth: target.auth };
  throw new RunnerError('USAGE', `Nobody logs in at "${name}" with a browser.`, {
    hint: `Where its server asks for it, write \`auth: { oauth: browser }\` for "${name}" in runner.yaml.`,
  });
}

/** What the server says where nobody has logged in. One that answers all the same is asked by its usual addresses. */
async function challengeOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Challenge> {
  const http = createHttpFetch(new URL(url), { streaming: () => undefined, broken: () => undefined });
  try {
    const response = await http.fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    await response.body?.cancel();
    return response.status === 401 ? extractWWWAuthenticateParams(response) : {};
  } finally {
    http.close();
  }
}

async function clientFor(
  { auth, authorization, listener, fetchFn }: Authorizing,
  scope: string | undefined,
): Promise<OAuthClientInformationMixed> {
  const { clientId, clientSecret } = auth;
  if (clientId !== undefined) {
    return { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) };
  }
  const { url, metadata } = authorization;
  if (metadata !== undefined && metadata.registration_endpoint === undefined) {
    throw new Error(
      'the authorization server registers no clients by itself: register Runner there, and set "client_id"',
    );
  }
  return registerClient(url, {
    ...(metadata && { metadata }),
    clientMetadata: {
      client_name: 'Runner',
      redirect_uris: [listener.address],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    ...(scope !== undefined && { scope }),
    fetchFn,
  });
}

/** It is handed to a program that opens whatever it is given. */
function requireWebAddress({ protocol }: URL): void {
  if (protocol === 'https:' || protocol === 'http:') return;
  throw new Error(`the authorization server gives an address that is no web page (${protocol})`);
}

function codeIn({ code, iss, error, description }: Redirected): { readonly code: string; readonly iss?: string } {
  if (error !== undefined) throw new OAuthError(error, description ?? '');
  if (code === undefined) throw new Error('the browser came back without a code');
  return { code, ...(iss !== undefined && { iss }) };
}

function loginFailed({ name }: McpServer, error: unknown): RunnerError {
  const fault = error instanceof FaultError ? error.fault : undefined;
  return new RunnerError('LOGIN_FAILED', asSentence(`Nobody was logged in at "${name}": ${reasonOf(error)}`), {
    hint: fault?.hint ?? excerpt(`Try again with: runner login ${name}`),
    cause: error,
  });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
