import { Client, type JsonSchemaValidator, type VersionNegotiationOptions } from '@modelcontextprotocol/client';
import type { Fault } from '../../../model/faults.ts';
import type { McpServer } from '../../../model/mcp-servers.ts';
import { endOf, excerpt } from '../faults.ts';
import type { ServerCredentials } from './auth/server-credentials.ts';
import { FaultError } from './fault-error.ts';
import { HttpTransport } from './http-transport.ts';
import type { ProcessSurroundings } from './server-process.ts';
import { StdioTransport } from './stdio-transport.ts';

/** A server that is connected and has shaken hands. */
export interface Connection {
  readonly client: Client;
  readonly transport: StdioTransport | HttpTransport;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionRequest {
  readonly server: McpServer;
  readonly surroundings: ProcessSurroundings;
  readonly clientVersion: string;
  /** Absent: the server does not ask for OAuth. */
  readonly credentials: ServerCredentials | undefined;
  /** True: the server is known to speak the older protocol only, and need not be asked. */
  readonly isLegacy: boolean;
  /** The server says that its tools have changed. */
  readonly onToolsChanged: () => void;
}

/**
 * Starts or reaches a server and shakes hands.
 * @throws FaultError with outcome `not_executed`
 */
export async function openConnection(request: ConnectionRequest): Promise<Connection> {
  const { server, surroundings, credentials } = request;
  const { target } = server;
  const transport =
    target.kind === 'stdio' ? new StdioTransport(target, surroundings) : new HttpTransport(target, credentials);
  const client = createClient(request);
  const ended = new Promise<void>((onclose) => {
    Object.assign(client, { onclose });
  });
  try {
    // A token that is missing is told as such, and not as what the server says to those who have none.
    const connecting = Promise.resolve(credentials?.token()).then(() =>
      client.connect(transport, { timeout: server.connectTimeoutMs }),
    );
    await within(server.connectTimeoutMs, connecting);
  } catch (error) {
    // Closing changes what there is to tell.
    const cause = error instanceof FaultError ? error.fault : causeIn(transport);
    await transport.close();
    throw new FaultError(connectFault(server, transport, cause ?? error));
  }
  return { client, transport, ended, close: () => client.close().then(() => transport.close()) };
}

function causeIn(transport: StdioTransport | HttpTransport): unknown {
  if (transport instanceof StdioTransport) return transport.ending;
  const fault = transport.lastFault();
  return fault?.kind === 'http.401' ? (transport.credentials?.refused().fault ?? fault) : fault;
}

function createClient({ server, clientVersion, isLegacy, onToolsChanged }: ConnectionRequest): Client {
  const client = new Client(
    { name: 'runner', version: clientVersion },
    {
      // Nobody is there to be asked, so nothing is offered.
      capabilities: {},
      versionNegotiation: negotiation(server, isLegacy),
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: onToolsChanged } },
      // The SDK would compile schemas of any origin by itself: they are checked elsewhere, within bounds.
      jsonSchemaValidator: {
        getValidator: takeAsItIs,
      },
    },
  );
  // Noise, answers to nothing and broken streams: what matters ends a call or the connection.
  return Object.assign(client, { onerror: () => undefined });
}

function takeAsItIs<T>(): JsonSchemaValidator<T> {
  return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
}

function negotiation({ era, connectTimeoutMs, target }: McpServer, isLegacy: boolean): VersionNegotiationOptions {
  if (era === '2026-07-28') return { mode: { pin: era } };
  if (era === '2025-11-25' || isLegacy) return { mode: 'legacy' };
  // A process that does not answer a question it does not know is then greeted in the old way.
  return { mode: 'auto', probe: { timeoutMs: target.kind === 'stdio' ? connectTimeoutMs / 2 : connectTimeoutMs } };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

function connectFault(server: McpServer, transport: StdioTransport | HttpTransport, cause: unknown): Fault {
  if (isFault(cause)) return { ...cause, outcome: 'not_executed', hint: cause.hint ?? hintFor(server, cause) };
  const said = transport instanceof StdioTransport ? transport.lastWords() : '';
  const reason = startProblem(server, cause) ?? messageOf(cause);
  const words = said === '' ? '' : `: ${excerpt(endOf(said, 600))}`;
  return {
    kind: 'connection',
    message: `The MCP server "${server.name}" could not be ${server.target.kind === 'stdio' ? 'started' : 'reached'}: ${reason}${words}`,
    outcome: 'not_executed',
    transient: startProblem(server, cause) === undefined,
    hint: `Check "${server.name}" under "mcpServers" in runner.yaml.`,
  };
}

function startProblem({ target }: McpServer, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (target.kind !== 'stdio') return undefined;
  if (code === 'ENOENT') return `there is no command "${target.command}", or no folder ${target.cwd ?? 'to run it in'}`;
  if (code === 'EACCES' || code === 'ENOTDIR') return `"${target.command}" may not be run (${code})`;
  return undefined;
}

function isFault(cause: unknown): cause is Fault {
  return typeof cause === 'object' && cause !== null && 'outcome' in cause;
}

function hintFor({ name, target }: McpServer, { kind }: Fault): string {
  if (kind === 'http.401' && target.kind === 'http' && Object.keys(target.headers).length === 0) {
    return `If "${name}" wants a login, write \`auth: { oauth: browser }\` beside its "url" in runner.yaml, then: runner login ${name}`;
  }
  if (kind === 'http.401' || kind === 'http.403') {
    return `Check the credentials in "headers" of "${name}" under "mcpServers" in runner.yaml.`;
  }
  return `Check that the server runs, and "url" of "${name}" under "mcpServers" in runner.yaml.`;
}

function messageOf(error: unknown): string {
  return excerpt(error instanceof Error ? error.message : String(error));
}
