import type { CallToolRequestOptions, CallToolResult, Progress, Tool } from '@modelcontextprotocol/client';
import type { CallContext, CallProgress } from '../../../engine/ports.ts';
import type { StepResult, ToolAction } from '../../../model/actions.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { McpServer } from '../../../model/mcp-servers.ts';
import { callFault, isSessionGone } from './call-fault.ts';
import { metaOf } from './call-meta.ts';
import { readCallResult } from './call-result.ts';
import type { Connection } from './connection.ts';
import type { McpSurroundings } from './mcp-server.ts';
import { StdioTransport } from './stdio-transport.ts';
import { legacyToolResult, modernToolResult } from './tool-result-schema.ts';

/** The SDK wants a number where there is no limit. */
const longestWaitMs = 2 ** 31 - 1;
/** Characters of what a server says of its progress. */
const longestWords = 200;

export interface ToolCall {
  readonly action: ToolAction;
  readonly context: CallContext;
  readonly signal: AbortSignal;
  readonly connection: Connection;
  readonly server: McpServer;
  /** The tool as its server described it, where that is known. */
  readonly tool: Tool | undefined;
  readonly surroundings: McpSurroundings;
}

/** Performs one call. `session_gone`: the server did nothing, and wants to be greeted anew. */
export async function callOnce(call: ToolCall): Promise<StepResult | 'session_gone'> {
  const { action, signal, connection, tool, surroundings } = call;
  try {
    const result = await ask(call);
    const { home, schemaCheck } = surroundings;
    const outputSchema = tool?.outputSchema as JsonObject | undefined;
    return await readCallResult(action, result, { home, schemaCheck, outputSchema });
  } catch (error) {
    if (isSessionGone(error, connection.transport)) return 'session_gone';
    return { ok: false, fault: callFault(action, error, { transport: connection.transport, signal }) };
  }
}

function ask(call: ToolCall): Promise<CallToolResult> {
  const { action, context, connection, tool } = call;
  const params = { name: action.tool, arguments: { ...action.params }, _meta: metaOf(context) };
  const options = requestOptions(call);
  const { client, transport } = connection;
  // What the SDK's "callTool" adds serves HTTP and promised results alone, and takes a sixth of a call's time.
  if (tool?.outputSchema === undefined && transport instanceof StdioTransport) {
    const schema = client.getProtocolEra() === 'modern' ? modernToolResult : legacyToolResult;
    return client.request({ method: 'tools/call', params }, schema, options);
  }
  return client.callTool(params, options);
}

function requestOptions({ context, signal, server, tool }: ToolCall): CallToolRequestOptions {
  const { report } = context;
  const { silenceMs } = server;
  // Progress is asked for only where somebody cares: it is the server's work, too.
  const wantsProgress = report !== undefined || silenceMs !== undefined;
  return {
    signal,
    timeout: silenceMs ?? longestWaitMs,
    ...(tool !== undefined && { toolDefinition: tool }),
    ...(wantsProgress && { resetTimeoutOnProgress: true, onprogress: (progress) => report?.(progressOf(progress)) }),
  };
}

/** Only what is there: an unset member must not reach those who copy it. */
function progressOf({ progress, total, message }: Progress): CallProgress {
  return {
    progress,
    ...(total !== undefined && { total }),
    ...(message !== undefined && {
      message: message.length > longestWords ? `${message.slice(0, longestWords)}…` : message,
    }),
  };
}
