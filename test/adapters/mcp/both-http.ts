import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface BothHttp {
  readonly url: string;
  /** The revisions that requests named, oldest first. */
  readonly revisions: readonly (string | undefined)[];
  close(): Promise<void>;
}

/** A server on the SDK, which speaks both revisions of the protocol, over HTTP. */
export async function startBothHttp(): Promise<BothHttp> {
  const revisions: (string | undefined)[] = [];
  const handler = createMcpHandler(createWords);
  const server = createServer((request, response) => {
    revisions.push(request.headers['mcp-protocol-version']?.toString());
    void answerWith(handler.fetch, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    revisions,
    close: async () => {
      await handler.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function answerWith(
  fetch: (request: Request) => Promise<Response>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers } = request;
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const body = method === 'POST' ? { body: await buffer(request) } : {};
  const left = new AbortController();
  response.on('close', () => left.abort());
  const { signal } = left;
  const answer = await fetch(new Request(`http://${headers.host}/mcp`, { method, headers: pairs, signal, ...body }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders();
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}

function createWords(): McpServer {
  const server = new McpServer({ name: 'both', version: '1' });
  const inputSchema = fromJsonSchema<{ word: string }>({
    type: 'object',
    properties: { word: { type: 'string' } },
    required: ['word'],
  });
  server.registerTool('word', { description: 'Says a word', inputSchema }, ({ word }) => ({
    content: [{ type: 'text', text: word }],
  }));
  return server;
}
