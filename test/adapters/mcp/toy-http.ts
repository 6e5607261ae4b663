import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createToy, type ToyMessage } from './servers/toy.mjs';

export interface ToyHttp {
  readonly url: string;
  hanging(): number;
  /** What was asked of it, newest last. */
  requests(): readonly { readonly method: string; readonly headers: IncomingMessage['headers'] }[];
  /** From now on each call of a tool is answered so; undefined: as it should be. */
  answerCalls(answer: ((response: ServerResponse) => void) | undefined): void;
  /** Forgets all sessions, as a restart does. */
  restart(): void;
  close(): Promise<void>;
}

/** What makes a server demand a token. */
interface Guard {
  readonly authorizationServer: string;
  readonly accepts: (token: string) => boolean;
}

interface ToyHttpOptions {
  readonly guard?: Guard;
  readonly mode?: string;
}

/**
 * The toy server over Streamable HTTP, with sessions; calls are answered by a stream, all else by JSON.
 * @param options.guard absent: everybody may call
 * @param options.mode how it misbehaves, as {@link createToy} knows it
 */
export async function startToyHttp({ guard, mode = '' }: ToyHttpOptions = {}): Promise<ToyHttp> {
  let [hanging, session] = [0, 1];
  let answer: ((response: ServerResponse) => void) | undefined;
  const requests: { method: string; headers: IncomingMessage['headers'] }[] = [];
  const toy = createToy({ mode, onHanging: (count) => (hanging = count) });

  function post(message: ToyMessage, response: ServerResponse): void {
    if (message.method === 'tools/call' && answer !== undefined) return answer(response);
    if (message.id === undefined) {
      toy.handle(message, () => undefined);
      response.writeHead(202).end();
    } else if (message.method === 'tools/call') stream(message, message.id, response);
    else {
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': `session-${session}` });
      toy.handle(message, (reply) => response.end(JSON.stringify(reply)));
    }
  }

  function stream(message: ToyMessage, id: number | string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.on('close', () => toy.forget(id));
    toy.handle(message, (reply) => {
      if (!response.writableEnded) response.write(`event: message\ndata: ${JSON.stringify(reply)}\n\n`);
      if ('id' in reply && reply.id === id) response.end();
    });
  }

  const server = createServer((request, response) => {
    const { method = '', headers } = request;
    requests.push({ method, headers });
    if (guard !== undefined && request.url?.startsWith(resourceMetadata) === true) {
      const metadata = { resource: urlOf(server), authorization_servers: [guard.authorizationServer] };
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ ...metadata, scopes_supported: ['tools'] }));
    }
    if (guard?.accepts(headers.authorization?.replace(/^Bearer /, '') ?? '') === false) {
      const challenge = `Bearer resource_metadata="${new URL(resourceMetadata, urlOf(server)).href}"`;
      return response.writeHead(401, { 'www-authenticate': challenge }).end('who are you?');
    }
    if (method !== 'POST') return response.writeHead(method === 'GET' ? 405 : 200).end();
    const known = headers['mcp-session-id'];
    if (known !== undefined && known !== `session-${session}`) return response.writeHead(404).end('no such session');
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => post(JSON.parse(body) as ToyMessage, response));
    return undefined;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: urlOf(server),
    hanging: () => hanging,
    requests: () => requests,
    answerCalls: (next) => (answer = next),
    restart: () => (session += 1),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const resourceMetadata = '/.well-known/oauth-protected-resource';

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}
