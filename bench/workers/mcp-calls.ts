import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createMcpServer } from '../../src/adapters/connectors/mcp/mcp-server.ts';
import { createSchemaCheck } from '../../src/language/schema-check.ts';
import { inParallel, loadOf, serve } from './serve.ts';

/** Calls of `echo` over stdio: by the connector, or by the SDK and nothing else. */
interface Task {
  readonly who: 'connector' | 'sdk';
  /** The program of the server. */
  readonly file: string;
  readonly folder: string;
  readonly calls: number;
  readonly atOnce: number;
}

type Echo = (message: string) => Promise<void>;

let echo: Promise<Echo> | undefined;

serve(async ({ who, file, folder, calls, atOnce }: Task) => {
  const call = await (echo ??= who === 'sdk' ? openSdk(file) : openConnector(file, folder));
  // The first call starts the server.
  await call('begin');
  return loadOf(calls, () => inParallel(calls, atOnce, (index) => call(`message ${index}`)));
});

async function openSdk(file: string): Promise<Echo> {
  const client = new Client({ name: 'bench', version: '1' });
  const transport = new StdioClientTransport({ command: process.execPath, args: [file], stderr: 'ignore' });
  await client.connect(transport);
  return async (message) => {
    const { isError } = await client.callTool({ name: 'echo', arguments: { message } });
    if (isError === true) throw new Error('The server refused the call.');
  };
}

async function openConnector(file: string, home: string): Promise<Echo> {
  const target = { kind: 'stdio', command: process.execPath, args: [file], env: {} } as const;
  const server = createMcpServer(
    {
      name: 'everything',
      target,
      connectTimeoutMs: 30_000,
      idleStopMs: 300_000,
      concurrency: 100,
      trustsAnnotations: false,
      era: 'auto',
    },
    { root: home, home, schemaCheck: createSchemaCheck(), clientVersion: '1', allowHosts: [] },
  );
  return async (message) => {
    const { signal } = new AbortController();
    const action = { kind: 'tool', server: 'everything', tool: 'echo', params: { message } } as const;
    const context = { idempotencyKey: message, run: 'run', step: 'step', attempt: 1 };
    const result = await server.call(action, context, signal);
    if (!result.ok) throw new Error(result.fault.message);
  };
}
