import { assertSecureTokenEndpoint } from '@modelcontextprotocol/client';
import type { McpServer } from '../../../../model/mcp-servers.ts';
import { createAuthFetch } from './auth-fetch.ts';
import { withFileLock } from './file-lock.ts';
import { LoginFile, type Login } from './login-file.ts';
import type { AuthSurroundings } from './server-credentials.ts';

export interface LogoutReport {
  /** False: there were no tokens. */
  readonly wasLoggedIn: boolean;
  /** True when the authorization server says that the tokens are of no use any more. */
  readonly revoked: boolean;
}

/** Removes the tokens of a server, and has its authorization server revoke them where it offers that. */
export async function logOut(
  server: McpServer,
  surroundings: AuthSurroundings & { readonly signal: AbortSignal },
): Promise<LogoutReport> {
  const file = new LoginFile(surroundings.home, server);
  return withFileLock(file.path, surroundings.signal, async () => {
    const login = file.read();
    file.remove();
    const revoked = login !== undefined && (await revoke(server, login, surroundings));
    return { wasLoggedIn: login !== undefined, revoked };
  });
}

async function revoke(
  { target }: McpServer,
  { metadata, tokens, client }: Login,
  { allowHosts, signal }: AuthSurroundings & { readonly signal: AbortSignal },
): Promise<boolean> {
  const endpoint =
    metadata !== undefined && 'revocation_endpoint' in metadata ? metadata.revocation_endpoint : undefined;
  if (target.kind !== 'http' || typeof endpoint !== 'string') return false;
  const configured = target.auth?.clientSecret;
  const secret = configured ?? ('client_secret' in client ? client.client_secret : undefined);
  const body = new URLSearchParams({
    token: tokens.refresh_token ?? tokens.access_token,
    client_id: client.client_id,
    ...(secret !== undefined && { client_secret: secret }),
  });
  try {
    const fetchFn = createAuthFetch({ server: target.url, allowHosts, trusted: [], signal });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return (await fetchFn(assertSecureTokenEndpoint(endpoint), { method: 'POST', headers, body })).ok;
  } catch {
    return false;
  }
}
