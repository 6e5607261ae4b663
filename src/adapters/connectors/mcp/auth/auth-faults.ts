import { OAuthError } from '@modelcontextprotocol/client';
import type { Fault } from '../../../../model/faults.ts';
import type { McpServer } from '../../../../model/mcp-servers.ts';
import { excerpt } from '../../faults.ts';
import { FaultError } from '../fault-error.ts';

/** The fault of a call that was not made, since the server must be told first who calls. */
export function authRequired({ name, target }: McpServer, reason: string): FaultError {
  const asPerson = target.kind === 'http' && target.auth?.oauth === 'browser';
  return new FaultError({
    kind: 'auth_required',
    message: `The MCP server "${name}" needs a login: ${reason}`,
    outcome: 'not_executed',
    transient: false,
    hint: asPerson
      ? `Log in with: runner login ${name}`
      : `Check "client_id", "client_secret" and "scope" of "${name}" under "mcpServers" in runner.yaml.`,
  });
}

/** The fault of a token that could not be had: a refusal is final, all else may pass. */
export function tokenFault(server: McpServer, error: unknown): FaultError {
  if (error instanceof OAuthError && !isPassing(error)) return authRequired(server, reasonOf(error));
  const known: Partial<Fault> = error instanceof FaultError ? error.fault : {};
  const isDenied = known.kind === 'egress_denied';
  return new FaultError({
    kind: isDenied ? 'egress_denied' : 'connection',
    message: `The MCP server "${server.name}": no token could be had: ${reasonOf(error)}`,
    outcome: 'not_executed',
    transient: !isDenied,
    ...(known.hint !== undefined && { hint: known.hint }),
  });
}

function isPassing({ code }: OAuthError): boolean {
  return ['server_error', 'temporarily_unavailable', 'too_many_requests', 'slow_down'].includes(code);
}

/** What an authorization server says is quoted, short and without what could steer a terminal. */
export function reasonOf(error: unknown): string {
  if (error instanceof OAuthError) {
    const said = excerpt(error.message);
    return said === '' || said === error.code ? excerpt(error.code) : `${excerpt(error.code)}: ${said}`;
  }
  return error instanceof Error && error.message !== '' ? excerpt(error.message) : 'no reason given';
}
