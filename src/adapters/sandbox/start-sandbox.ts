import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isJsonObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { RunnerError } from '../../model/errors.ts';
import type { EpochMs } from '../../model/time.ts';
import { catalogue } from './catalogue.ts';
import type { SandboxDatabase } from './database.ts';
import { execute } from './execute.ts';
import type { Databases, SandboxCall } from './execute.ts';
import { prepareSql, prepareState } from './state.ts';
import { ToolRefusal } from './tool.ts';

/** How long a service takes to become live, unless told otherwise. */
const usualRecoveryMs = 2_500;

export interface SandboxOptions {
  /** The sandbox's own state. Handed over: closed with the sandbox. */
  readonly database: SandboxDatabase;
  /** What `sql_query` works on; another file, so that no statement can harm the state. Handed over, too. */
  readonly sqlDatabase: SandboxDatabase;
  /** 0, or absent: any free port. */
  readonly port?: number;
  /** From a restart or deploy until the service is live. */
  readonly recoveryMs?: number;
  readonly now?: () => EpochMs;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Ends all connections and closes both databases. */
  close(): Promise<void>;
}

/**
 * Starts the sandbox bridge: a real HTTP server on loopback that plays Render, GitHub, Stripe, Supabase and Slack.
 * Nothing is read or written before the first call.
 * @throws RunnerError USAGE when the port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const databases = preparedAtFirstUse(options, now);
  const circumstances = { startedAt: now(), recoveryMs: options.recoveryMs ?? usualRecoveryMs };
  const server = createServer((request, response) => {
    void answer(request, response, (call) => execute(call, databases, { now: now(), ...circumstances }));
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      options.database.close();
      options.sqlDatabase.close();
    },
  };
}

function preparedAtFirstUse(options: SandboxOptions, now: () => EpochMs): Databases {
  let hasState = false;
  let hasSql = false;
  return {
    state() {
      if (!hasState) prepareState(options.database, now());
      hasState = true;
      return options.database;
    },
    sql() {
      if (!hasSql) prepareSql(options.sqlDatabase);
      hasSql = true;
      return options.sqlDatabase;
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new RunnerError('USAGE', `The sandbox cannot listen on port ${port}: ${cause.message}.`, {
          hint: 'Choose another port with --port, or 0 for any free one.',
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

const maxBodyBytes = 1_048_576;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  perform: (call: SandboxCall) => string,
): Promise<void> {
  try {
    const [path = ''] = (request.url ?? '').split('?', 1);
    switch (`${request.method} ${path}`) {
      case 'POST /mcp/execute':
        return send(response, 200, perform(readCall(request, await readBody(request))));
      case 'GET /tools':
        return send(response, 200, JSON.stringify(catalogue()));
      case 'GET /health':
        return send(response, 200, JSON.stringify({ status: 'ok', sandbox: true }));
      default:
        throw new ToolRefusal(404, 'The sandbox has POST /mcp/execute, GET /tools and GET /health.', 'unknown_route');
    }
  } catch (error) {
    sendFault(response, error);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new ToolRefusal(413, 'The request is larger than 1 MB.', 'invalid_params');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readCall(request: IncomingMessage, text: string): SandboxCall {
  const body = parse(text);
  if (!isJsonObject(body)) throw malformed('The body must be a JSON object with server, tool and params.');
  const { server, tool, params = {} } = body;
  if (typeof server !== 'string') throw malformed('server must be a text.');
  if (typeof tool !== 'string') throw malformed('tool must be a text.');
  if (!isJsonObject(params)) throw malformed('params must be an object.');
  const key = request.headers['idempotency-key'];
  return { server, tool, params, idempotencyKey: typeof key === 'string' && key !== '' ? key : undefined };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw malformed('The body is not JSON.');
  }
}

function malformed(message: string): ToolRefusal {
  return new ToolRefusal(400, message, 'invalid_params');
}

function sendFault(response: ServerResponse, error: unknown): void {
  if (error instanceof ToolRefusal) {
    sendRefusal(response, error);
    return;
  }
  // What the sandbox itself cannot do (its file is read-only, say) is a server error with its reason, not a crash.
  const message = error instanceof Error ? error.message : String(error);
  send(response, 500, JSON.stringify({ error: `The sandbox failed: ${message}`, code: 'sandbox_fault' }));
}

// A tool that says no was found and has answered: HTTP's own 404 would say that there is no such tool.
function sendRefusal(response: ServerResponse, { status, code, message }: ToolRefusal): void {
  if (code === 'tool_error') send(response, 200, JSON.stringify({ error: { message, status } }));
  else send(response, status, JSON.stringify({ error: message, code }));
}

function send(response: ServerResponse, status: number, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
