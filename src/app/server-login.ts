import type { LoginReport } from '../adapters/connectors/mcp/auth/log-in.ts';
import { didYouMean } from '../language/did-you-mean.ts';
import { RunnerError } from '../model/errors.ts';
import type { McpServer } from '../model/mcp-servers.ts';
import type { App } from './app.ts';

export type { LoginReport } from '../adapters/connectors/mcp/auth/log-in.ts';

export interface LoginOptions {
  /** Of this machine, where the browser comes back to; 0 takes any free one. */
  readonly port: number;
  /** True: the system's browser opens the address; it is shown all the same. */
  readonly opensBrowser: boolean;
  readonly show: (address: string, port: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Has a person log in at an MCP server of `runner.yaml` with a browser, and keeps the tokens for all runs to come.
 * @throws RunnerError USAGE, LOGIN_FAILED; the signal's reason when it aborts
 */
export async function login(app: App, name: string, options: LoginOptions): Promise<LoginReport> {
  const { home, allowHosts } = app.configuration;
  const server = serverCalled(app, name);
  const { port, signal, opensBrowser, show } = options;
  const [{ logIn }, { openBrowser }] = await Promise.all([
    import('../adapters/connectors/mcp/auth/log-in.ts'),
    import('../adapters/system/open-browser.ts'),
  ]);
  const showAndOpen = (address: URL, listening: number): void => {
    show(address.href, listening);
    if (opensBrowser) openBrowser(address);
  };
  return logIn({ server, home, allowHosts, port, show: showAndOpen, signal });
}

export interface LogoutReport {
  /** False: there were no tokens. */
  readonly wasLoggedIn: boolean;
  /** True when the authorization server says that the tokens are of no use any more. */
  readonly revoked: boolean;
}

/** Forgets the tokens of an MCP server. @throws RunnerError USAGE when there is no such server */
export async function logout(app: App, name: string, signal: AbortSignal): Promise<LogoutReport> {
  const { home, allowHosts } = app.configuration;
  const server = serverCalled(app, name);
  const { logOut } = await import('../adapters/connectors/mcp/auth/log-out.ts');
  return logOut(server, { home, allowHosts, signal });
}

function serverCalled({ configuration }: App, name: string): McpServer {
  const { mcpServers } = configuration;
  const server = mcpServers.find((each) => each.name === name);
  if (server !== undefined) return server;
  const names = mcpServers.map((each) => each.name);
  const closest = didYouMean(name, names);
  throw new RunnerError('USAGE', `runner.yaml names no MCP server "${name}".`, {
    hint: closest === undefined ? namedServers(names) : `Did you mean "${closest}"?`,
  });
}

function namedServers(names: readonly string[]): string {
  return names.length === 0 ? 'It names none: add it under "mcpServers".' : `It names: ${names.join(', ')}.`;
}
