import {
  ClientCredentialsProvider,
  fetchToken,
  refreshAuthorization,
  type FetchLike,
  type OAuthClientInformationMixed,
  type OAuthTokens,
} from '@modelcontextprotocol/client';
import type { ClientCredentials } from '../../../../model/mcp-servers.ts';
import {
  discoverAuthorization,
  namedAuthorization,
  type AuthorizationServer,
  type Challenge,
} from './authorization-server.ts';
import type { Login } from './login-file.ts';

type NewLogin = Omit<Login, 'binding'>;

/** Fetches a token as a machine. @throws OAuthError when the authorization server refuses; FaultError; Error */
export async function obtainAsMachine(
  server: string,
  credentials: ClientCredentials,
  { challenge, fetchFn }: { readonly challenge: Challenge; readonly fetchFn: FetchLike },
): Promise<NewLogin> {
  const { clientId, clientSecret, tokenUrl } = credentials;
  const authorization =
    tokenUrl === undefined ? await discoverAuthorization(server, challenge, fetchFn) : namedAuthorization(tokenUrl);
  const { url, metadata, resource } = authorization;
  const scope = credentials.scope ?? authorization.scope;
  const issuer = metadata?.issuer ?? url;
  const provider = new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer: issuer });
  const tokens = await fetchToken(provider, url, {
    ...(metadata && { metadata }),
    ...(resource !== undefined && { resource }),
    ...(scope !== undefined && { scope }),
    fetchFn,
  });
  // The secret is the configuration's, and is written nowhere else.
  return loginOf(authorization, { client_id: clientId }, tokens);
}

/**
 * Renews a login by its refresh token.
 * @param clientSecret of the configuration, where the client is one that it names
 * @throws as {@link obtainAsMachine}
 */
export async function refresh(
  login: Login,
  refreshToken: string,
  { clientSecret, fetchFn }: { readonly clientSecret: string | undefined; readonly fetchFn: FetchLike },
): Promise<NewLogin> {
  const { authorizationServer, metadata, resource, client } = login;
  const tokens = await refreshAuthorization(authorizationServer, {
    ...(metadata && { metadata }),
    ...(resource !== undefined && { resource }),
    clientInformation: { ...client, ...(clientSecret !== undefined && { client_secret: clientSecret }) },
    refreshToken,
    fetchFn,
  });
  const { scope } = login.tokens;
  const kept = { ...(scope !== undefined && { scope }), ...tokens };
  return loginOf(
    { url: authorizationServer, ...(metadata && { metadata }), ...(resource !== undefined && { resource }) },
    client,
    kept,
  );
}

/** What is kept of tokens that were just given. */
export function loginOf(
  { url, metadata, resource }: AuthorizationServer,
  client: OAuthClientInformationMixed,
  tokens: OAuthTokens,
): NewLogin {
  const { expires_in: lifetime } = tokens;
  return {
    authorizationServer: url,
    ...(metadata && { metadata }),
    ...(resource !== undefined && { resource }),
    client,
    tokens,
    ...(lifetime !== undefined && { expiresAt: Date.now() + lifetime * 1_000 }),
  };
}
