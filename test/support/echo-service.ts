import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface EchoService {
  readonly url: string;
  /** What really arrived, in order. */
  readonly requests: readonly EchoedRequest[];
  close(): void;
}

/** A real HTTP service on loopback that says back everything it was sent, with the status that the path names. */
export async function startEchoService(): Promise<EchoService> {
  const requests: EchoedRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const echo: EchoedRequest = { method, url, headers, body };
      requests.push(echo);
      const status = Number(/^\/(\d{3})\b/.exec(url)?.[1] ?? 200);
      response.writeHead(status, { 'content-type': 'application/json', 'x-echo': String(headers.authorization) });
      response.end(JSON.stringify({ ...echo, error: `refused: ${body} ${headers.authorization ?? ''}` }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
