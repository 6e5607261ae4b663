import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A far side that misbehaves in one way, on raw sockets. */
export interface HostileServer {
  readonly url: string;
  readonly port: number;
  /** Requests whose first bytes have arrived. */
  requests(): number;
  openConnections(): number;
  close(): Promise<void>;
}

/** What is done to a socket: once it is accepted, or once the first bytes of a request have come. */
export interface Misbehaviour {
  readonly onAccept?: (socket: Socket) => void;
  readonly onRequest?: (socket: Socket) => void;
}

export async function startHostileServer({ onAccept, onRequest }: Misbehaviour): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    onAccept?.(socket);
    socket.once('data', () => {
      requests += 1;
      onRequest?.(socket);
    });
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: () => requests,
    openConnections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The port of a server that has closed: whoever connects to it is refused. */
export async function closedPort(): Promise<number> {
  const server = await startHostileServer({});
  await server.close();
  return server.port;
}

/** Answers each request with these bytes and leaves the connection open. */
export function sends(...parts: readonly (string | Buffer)[]): Misbehaviour {
  return { onRequest: (socket) => parts.forEach((part) => socket.write(part)) };
}

/** Answers with these bytes, then closes (`end`) or resets the connection. */
export function sendsAndEnds(how: 'end' | 'reset', ...parts: readonly (string | Buffer)[]): Misbehaviour {
  return {
    onRequest(socket) {
      const whole = Buffer.concat(parts.map((part) => Buffer.from(part)));
      socket.write(whole, () => (how === 'end' ? socket.end() : socket.resetAndDestroy()));
    },
  };
}

export function resetsAtOnce(): Misbehaviour {
  return { onRequest: (socket) => void socket.resetAndDestroy() };
}

/** Says that an answer follows, and then gives one byte now and then, for ever. */
export function drips(): Misbehaviour {
  return {
    onRequest(socket) {
      socket.write(head({ 'content-length': '1000000' }));
      const timer = setInterval(() => socket.write(' '), 5);
      socket.once('close', () => clearInterval(timer));
    },
  };
}

/** Streams a gigabyte, as fast as it is read. */
export function streamsGigabyte(): Misbehaviour {
  return {
    onRequest(socket) {
      const block = Buffer.alloc(65_536, 'x');
      let left = 16_384;
      const write = (): void => {
        while (left > 0 && !socket.destroyed) {
          left -= 1;
          if (!socket.write(block)) return;
        }
      };
      socket.on('drain', write);
      socket.write(head({}));
      write();
    },
  };
}

/** The head of a reply: 200 and JSON unless told otherwise. */
export function head(headers: Readonly<Record<string, string>>, status = '200 OK'): string {
  const all = { 'content-type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

/** A whole reply. */
export function reply(body: string | Buffer, headers: Readonly<Record<string, string>> = {}, status?: string): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(head({ 'content-length': String(bytes.length), ...headers }, status)), bytes]);
}

/** Some kilobytes that unfold to 64 MB of JSON. */
export function gzipBomb(): Buffer {
  return gzipSync(Buffer.alloc(67_108_864, '1'));
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
}
