import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOf, complaintOf, parrotOf } from './says.mjs';
import type { RpcMessage } from './says.mjs';

export interface ParrotService {
  /** `host:port` on loopback. */
  readonly host: string;
  /** All that was sent to it, as one text. */
  heard(): string;
  close(): void;
}

/**
 * A bridge (`/mcp/execute`), an MCP server (`/mcp`) and a service (all else, with the status that the path names) that
 * repeat what they were sent, headers included.
 */
export async function startParrot(): Promise<ParrotService> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { headers, url = '' } = request;
      heard.push(JSON.stringify({ headers, url, body, basic: basicOf(request) }));
      answer({ request, response, body });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => heard.join('\n'),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
}

function answer({ request, response, body }: Asked): void {
  const { url = '', method, headers } = request;
  const reply = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-heard': JSON.stringify(headers) });
    response.end(value === undefined ? undefined : JSON.stringify(value));
  };
  const own = { headers, url, basic: basicOf(request) };
  if (url === '/mcp') {
    const rpc = method === 'POST' ? answerOf(JSON.parse(body) as RpcMessage, own) : undefined;
    return reply(rpc === undefined ? (method === 'POST' ? 202 : 405) : 200, rpc);
  }
  if (url === '/mcp/execute') {
    const call = JSON.parse(body) as { readonly tool: string };
    const known = { call, own };
    return reply(200, call.tool === 'refuse' ? { error: complaintOf(known, 'canary') } : { result: parrotOf(known) });
  }
  const known = { own, body };
  const status = Number(/^\/(\d{3})\b/.exec(url)?.[1] ?? 200);
  reply(status, status < 400 ? parrotOf(known) : { error: complaintOf(known, 'canary'), ...parrotOf(known) });
}

/** User and password, as a service would note them. */
function basicOf({ headers }: IncomingMessage): string {
  return Buffer.from(/^Basic (.*)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64').toString();
}
