import type { Tool } from '@modelcontextprotocol/client';
import type { CallContext, ToolServer } from '../../../engine/ports.ts';
import type { Action, StepResult, ToolAction } from '../../../model/actions.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { ToolDescription } from '../../../model/executions.ts';
import type { Fault } from '../../../model/faults.ts';
import type { Json } from '../../../model/json.ts';
import type { McpServer } from '../../../model/mcp-servers.ts';
import type { SchemaCheck } from '../../../model/schema-check.ts';
import { asSentence } from '../../../model/sentence.ts';
import { annotationsOf } from '../../../model/tool-contract.ts';
import { abortFault, excerpt } from '../faults.ts';
import { nameOf } from './answer-faults.ts';
import { lazyCredentials, withoutTokens, type LazyCredentials } from './auth/lazy-credentials.ts';
import type { Connection } from './connection.ts';
import { FaultError } from './fault-error.ts';
import { Gate } from './gate.ts';
import { Link } from './link.ts';

export interface McpSurroundings {
  /** The project's root. */
  readonly root: string;
  /** The project's storage folder. */
  readonly home: string;
  /** Judges what tools answer by their own, possibly hostile, schemas. */
  readonly schemaCheck: SchemaCheck;
  readonly clientVersion: string;
  /** Hosts of authorization servers that may be reached though they are not public. */
  readonly allowHosts: readonly string[];
  /** Where inherited variables come from; this process's environment unless told. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Calls the tools of an MCP server. Starts and connects nothing before the first call. */
export function createMcpServer(server: McpServer, surroundings: McpSurroundings): ToolServer {
  const credentials = lazyCredentials(server, surroundings);
  const connected = connectedServer(server, surroundings, credentials);
  return credentials === undefined ? connected : withoutTokens(connected, credentials);
}

function connectedServer(
  server: McpServer,
  surroundings: McpSurroundings,
  credentials: LazyCredentials | undefined,
): ToolServer {
  const { environment = process.env } = surroundings;
  let known: ReadonlyMap<string, Tool> = new Map();
  let calls: typeof import('./call.ts') | undefined;
  const linked = { ...surroundings, environment, credentials: () => credentials?.open() };
  const link = new Link(server, linked, () => (known = new Map()));
  const gate = new Gate(server.concurrency);

  async function callOver(action: ToolAction, context: CallContext, signal: AbortSignal) {
    // A wait for what is there already would cost every call a turn.
    const pending = link.acquire(nameOf(action), signal);
    const acquired = 'then' in pending ? await pending : pending;
    try {
      if (!acquired.ok) return failed(acquired.fault);
      const { connection } = acquired;
      calls ??= await import('./call.ts');
      const tool = known.get(action.tool);
      const result = await calls.callOnce({ action, context, signal, connection, server, tool, surroundings });
      if (result === 'session_gone') await link.drop(connection);
      return result;
    } finally {
      link.release();
    }
  }

  return {
    async call(action: Action, context: CallContext, signal: AbortSignal): Promise<StepResult> {
      if (action.kind !== 'tool') throw new RunnerError('INTERNAL', `MCP was given a "${action.kind}" step.`);
      const entered = gate.enter(signal);
      if (entered !== true && !(await entered)) return failed(abortFault(nameOf(action), signal, false));
      try {
        // A server that was restarted refuses the old session without looking at the call: it is greeted anew, once.
        const first = await callOver(action, context, signal);
        const result = first === 'session_gone' ? await callOver(action, context, signal) : first;
        return result === 'session_gone' ? failed(sessionGone(action)) : result;
      } finally {
        gate.leave();
      }
    },
    async list(signal: AbortSignal): Promise<readonly ToolDescription[]> {
      const acquired = await link.acquire(server.name, signal);
      try {
        if (!acquired.ok) throw errorOf(server, acquired.fault);
        const tools = await readAll(server, acquired.connection, signal);
        known = new Map(tools.map((tool) => [tool.name, tool]));
        return tools.map((tool) => describe(server, tool));
      } finally {
        link.release();
      }
    },
    close: () => link.close(),
  };
}

async function readAll(server: McpServer, connection: Connection, signal: AbortSignal): Promise<readonly Tool[]> {
  const { readTools } = await import('./tool-list.ts');
  try {
    return await readTools(connection, signal);
  } catch (error) {
    if (error instanceof FaultError && error.fault.kind === 'auth_required') throw errorOf(server, error.fault);
    const reason = signal.aborted ? 'it did not list its tools in time' : messageOf(error);
    throw unreachable(server, `The MCP server "${server.name}" cannot be used: ${reason}`);
  }
}

function describe(server: McpServer, tool: Tool): ToolDescription {
  const { name, description = '', inputSchema, outputSchema } = tool;
  const annotations = annotationsOf(tool.annotations);
  return {
    server: server.name,
    name,
    description,
    parameters: inputSchema as Json,
    ...(outputSchema && { output: outputSchema as Json }),
    ...(annotations && { annotations }),
  };
}

function sessionGone(action: ToolAction): Fault {
  const message = `${nameOf(action)}: the server does not know the session any more, and was not called`;
  return { kind: 'connection', message, outcome: 'not_executed', transient: true };
}

function errorOf(server: McpServer, { kind, message, hint }: Fault): RunnerError {
  if (kind !== 'auth_required') return unreachable(server, message, hint);
  return new RunnerError('LOGIN_REQUIRED', asSentence(message), hint === undefined ? {} : { hint });
}

function unreachable({ name }: McpServer, message: string, hint?: string): RunnerError {
  return new RunnerError('SERVER_UNREACHABLE', asSentence(message), {
    hint: hint ?? `Check "${name}" under "mcpServers" in runner.yaml.`,
  });
}

function failed(fault: Fault): StepResult {
  return { ok: false, fault };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? excerpt(error.message) : 'no reason given';
}
