import { extractWWWAuthenticateParams, OAuthError, type FetchLike } from '@modelcontextprotocol/client';
import type { McpServer, ServerAuth } from '../../../../model/mcp-servers.ts';
import { createRedactor, type Redactor } from '../../../../model/redaction.ts';
import { FaultError } from '../fault-error.ts';
import { createAuthFetch } from './auth-fetch.ts';
import { authRequired, tokenFault } from './auth-faults.ts';
import type { Challenge } from './authorization-server.ts';
import { withFileLock } from './file-lock.ts';
import { LoginFile, type Login } from './login-file.ts';
import { obtainAsMachine, refresh } from './obtain-tokens.ts';

/** A token that has less time left, or less than a tenth of its life, is renewed before it is used. */
const marginMs = 30_000;
/** More than ever are in use at once. */
const rememberedTokens = 8;
const lockPatienceMs = 30_000;

export interface AuthSurroundings {
  /** The project's storage folder. */
  readonly home: string;
  /** Hosts that may be reached though a far side chose them and they are not public. */
  readonly allowHosts: readonly string[];
}

/** The tokens of one server, shared by its connections here and, through their file, by all processes of the project. */
export class ServerCredentials {
  readonly #server: McpServer;
  readonly #url: string;
  readonly #auth: ServerAuth;
  readonly #file: LoginFile;
  readonly #closing = new AbortController();
  readonly #fetch: FetchLike;
  #login: Login | undefined;
  #renewing: Promise<Login> | undefined;
  #tokens: readonly string[] = [];
  #redactor: Redactor = createRedactor([]);

  constructor(server: McpServer, { url, auth }: { url: string; auth: ServerAuth }, surroundings: AuthSurroundings) {
    this.#server = server;
    this.#url = url;
    this.#auth = auth;
    this.#file = new LoginFile(surroundings.home, server);
    const tokenUrl = auth.oauth === 'client_credentials' ? auth.tokenUrl : undefined;
    const trusted = tokenUrl === undefined ? [] : [new URL(tokenUrl).href];
    const { signal } = this.#closing;
    this.#fetch = createAuthFetch({ server: url, allowHosts: surroundings.allowHosts, trusted, signal });
  }

  /**
   * A token that has not expired. Asks the authorization server where the one at hand has.
   * @throws FaultError `auth_required` where a person must log in; `connection`, `egress_denied`
   */
  async token(): Promise<string> {
    const login = this.#login ?? this.#take(this.#file.read());
    const fresh = login !== undefined && !isEnding(login) ? login : await this.#renew(login?.tokens.access_token, {});
    return fresh.tokens.access_token;
  }

  /** Has the next token be another one, since the server refused this one. @throws FaultError as {@link token} */
  async onUnauthorized({ response }: { readonly response: Response }): Promise<void> {
    await this.#renew(this.#login?.tokens.access_token, extractWWWAuthenticateParams(response));
  }

  /** The fault of a call whose token was refused although it is new. */
  refused(): FaultError {
    return authRequired(this.#server, 'the server refuses the token that it was given');
  }

  /** Takes the tokens out of what the server says. */
  get redactor(): Redactor {
    return this.#redactor;
  }

  close(): void {
    this.#closing.abort();
  }

  /** All that need a new token at once wait for the same one. */
  #renew(refused: string | undefined, challenge: Challenge): Promise<Login> {
    this.#renewing ??= this.#renewLocked(refused, challenge)
      .then((login) => this.#take(login))
      .catch((error: unknown) => {
        this.#login = undefined;
        throw error instanceof FaultError && error.fault.kind === 'auth_required'
          ? error
          : tokenFault(this.#server, error);
      })
      .finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  #take<L extends Login | undefined>(login: L): L {
    this.#login = login;
    const { access_token: token = '', refresh_token: renewal = '' } = login?.tokens ?? {};
    if (!this.#tokens.includes(token)) {
      this.#tokens = [token, renewal, ...this.#tokens].slice(0, rememberedTokens);
      this.#redactor = createRedactor(this.#tokens);
    }
    return login;
  }

  /** A refresh token serves once: where several processes renew, one asks and the others take what it was given. */
  async #renewLocked(refused: string | undefined, challenge: Challenge): Promise<Login> {
    if (this.#auth.oauth === 'browser' && this.#file.read() === undefined) throw this.#noLogin();
    const patience = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(lockPatienceMs)]);
    return withFileLock(this.#file.path, patience, async () => {
      const stored = this.#file.read();
      if (stored !== undefined && stored.tokens.access_token !== refused && !isEnding(stored)) return stored;
      return this.#obtain(stored, challenge);
    });
  }

  async #obtain(stored: Login | undefined, challenge: Challenge): Promise<Login> {
    const auth = this.#auth;
    if (auth.oauth === 'client_credentials') {
      return this.#file.write(await obtainAsMachine(this.#url, auth, { challenge, fetchFn: this.#fetch }));
    }
    const refreshToken = stored?.tokens.refresh_token;
    if (stored === undefined) throw this.#noLogin();
    if (refreshToken === undefined) throw authRequired(this.#server, 'the last login has expired');
    try {
      const { clientSecret } = auth;
      return this.#file.write(await refresh(stored, refreshToken, { clientSecret, fetchFn: this.#fetch }));
    } catch (error) {
      // It will never be taken again; others need not try.
      if (error instanceof OAuthError && error.code === 'invalid_grant') this.#file.remove();
      throw error;
    }
  }

  #noLogin(): FaultError {
    return authRequired(this.#server, 'nobody has logged in on this machine');
  }
}

function isEnding({ expiresAt, tokens }: Login): boolean {
  if (expiresAt === undefined) return false;
  return expiresAt - Math.min(marginMs, (tokens.expires_in ?? 0) * 100) <= Date.now();
}
