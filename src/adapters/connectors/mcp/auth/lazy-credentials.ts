import type { CallContext, ToolServer } from '../../../../engine/ports.ts';
import type { StepResult } from '../../../../model/actions.ts';
import { RunnerError } from '../../../../model/errors.ts';
import type { Json } from '../../../../model/json.ts';
import type { McpServer } from '../../../../model/mcp-servers.ts';
import type { Redactor } from '../../../../model/redaction.ts';
import type { AuthSurroundings, ServerCredentials } from './server-credentials.ts';

/** The credentials of a server, loaded with its first call. */
export interface LazyCredentials {
  readonly open: () => Promise<ServerCredentials>;
  /** Undefined until they are opened. */
  readonly opened: () => ServerCredentials | undefined;
}

/** Undefined for a server that does not ask for OAuth. */
export function lazyCredentials(server: McpServer, surroundings: AuthSurroundings): LazyCredentials | undefined {
  const { target } = server;
  if (target.kind !== 'http' || target.auth === undefined) return undefined;
  const { url, auth } = target;
  let opened: ServerCredentials | undefined;
  return {
    opened: () => opened,
    open: async () => {
      const { ServerCredentials } = await import('./server-credentials.ts');
      return (opened ??= new ServerCredentials(server, { url, auth }, surroundings));
    },
  };
}

/** The server, with its own tokens taken out of all that it says: they are in no configuration, which others redact. */
export function withoutTokens(server: ToolServer, { opened }: LazyCredentials): ToolServer {
  const redactor = (): Redactor | undefined => opened()?.redactor;
  return {
    async call(action, context, signal) {
      return withoutTokensIn(await server.call(action, redactedReports(context, redactor), signal), redactor());
    },
    async list(signal) {
      try {
        const tools = await server.list(signal);
        return tools.map((tool) => redactor()?.json(tool as unknown as Json) as unknown as typeof tool);
      } catch (error) {
        const { redactor: own } = opened() ?? {};
        if (!(error instanceof RunnerError) || own === undefined) throw error;
        const hint = error.hint === undefined ? {} : { hint: error.hint };
        throw new RunnerError(error.code, own.text(error.message), hint);
      }
    },
    async close() {
      // Whoever still waits for a token would hold the server up.
      opened()?.close();
      await server.close();
    },
  };
}

function withoutTokensIn(result: StepResult, redactor: Redactor | undefined): StepResult {
  if (redactor === undefined) return result;
  if (result.ok) return { ...result, output: redactor.json(result.output) };
  return { ok: false, fault: { ...result.fault, message: redactor.text(result.fault.message) } };
}

function redactedReports(context: CallContext, redactor: () => Redactor | undefined): CallContext {
  const { report } = context;
  if (report === undefined) return context;
  return {
    ...context,
    report: ({ message, ...progress }) =>
      report({ ...progress, ...(message !== undefined && { message: redactor()?.text(message) ?? message }) }),
  };
}
