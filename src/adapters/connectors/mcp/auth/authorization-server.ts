import {
  checkResourceAllowed,
  discoverOAuthServerInfo,
  resourceUrlFromServerUrl,
  type AuthorizationServerMetadata,
  type FetchLike,
} from '@modelcontextprotocol/client';

/** Where tokens for a server come from. */
export interface AuthorizationServer {
  readonly url: string;
  readonly metadata?: AuthorizationServerMetadata;
  /** What the token is for. */
  readonly resource?: string;
  /** What the server asks for, separated by spaces. */
  readonly scope?: string;
}

/** What a refusal with status 401 says about the way in. */
export interface Challenge {
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
}

/**
 * Asks an MCP server which authorization server it trusts.
 * @throws Error when what they say of themselves does not fit together
 */
export async function discoverAuthorization(
  server: string,
  { resourceMetadataUrl, scope }: Challenge,
  fetchFn: FetchLike,
): Promise<AuthorizationServer> {
  const found = await discoverOAuthServerInfo(server, { ...(resourceMetadataUrl && { resourceMetadataUrl }), fetchFn });
  const { authorizationServerUrl: url, authorizationServerMetadata: metadata, resourceMetadata } = found;
  const resource = resourceMetadata?.resource;
  if (resource !== undefined) requireOwn(server, resource);
  const wanted = scope ?? resourceMetadata?.scopes_supported?.join(' ');
  return {
    url,
    ...(metadata && { metadata }),
    ...(resource !== undefined && { resource }),
    ...(wanted !== undefined && wanted !== '' && { scope: wanted }),
  };
}

/** An authorization server that the project names itself, of which only one address is known. */
export function namedAuthorization(tokenUrl: string): AuthorizationServer {
  const { origin } = new URL(tokenUrl);
  const metadata = {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: tokenUrl,
    response_types_supported: ['code'],
  };
  return { url: origin, metadata };
}

/** A token for another resource would be one that this server could use there. */
function requireOwn(server: string, resource: string): void {
  const requestedResource = resourceUrlFromServerUrl(server);
  if (checkResourceAllowed({ requestedResource, configuredResource: resource })) return;
  throw new Error(`it names ${resource} as the resource, which is not its own address`);
}
