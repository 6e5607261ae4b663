import { isIP, connect as connectPlain } from 'node:net';
import { Connection, type Call, type ConnectionParts } from './connection.ts';

/**
 * Kept connections to one origin, each carrying one call at a time: pipelining would let one slow call hold up others,
 * and a lost connection make the outcome of them all unknown. The last one used is the first to be used again.
 */
export class Connections {
  readonly #way: Way;
  readonly #atMost: number;
  readonly #all = new Set<Connection>();
  readonly #free: Connection[] = [];
  /** In the order in which they came. */
  readonly #waiting = new Set<Call>();

  constructor(way: Way, atMost: number) {
    this.#way = way;
    this.#atMost = atMost;
  }

  /** Sends a call over a free connection or a new one; at the limit it waits for its turn. */
  begin(call: Call): void {
    const connection = this.#free.pop() ?? this.#another();
    if (connection === undefined) this.#waiting.add(call);
    else connection.begin(call);
  }

  /** Takes back a call that waits, or destroys the connection that carries it. The call is not told. */
  abandon(call: Call): void {
    if (this.#waiting.delete(call)) return;
    for (const connection of this.#all) {
      if (!connection.carries(call)) continue;
      connection.cut();
      this.#release(connection);
    }
  }

  /** Destroys all connections; calls that are under way or wait fail. */
  close(): void {
    const reason = new Error('it was closed here');
    const calls = [...this.#waiting];
    const connections = [...this.#all];
    this.#waiting.clear();
    this.#all.clear();
    this.#free.length = 0;
    for (const call of calls) call.failed(reason);
    for (const connection of connections) connection.cut(reason);
  }

  #another(): Connection | undefined {
    if (this.#all.size >= this.#atMost) return undefined;
    const connection = new Connection({ ...this.#way, whenFree: (freed) => this.#release(freed) });
    this.#all.add(connection);
    return connection;
  }

  #release(connection: Connection): void {
    if (!this.#all.has(connection)) return;
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free.push(connection);
      return;
    }
    this.#waiting.delete(next);
    connection.begin(next);
  }
}

/** How sockets to an origin are made. */
export type Way = Pick<ConnectionParts, 'connect' | 'ready'>;

/** TLS is loaded only for an origin that needs it. Its sessions are resumed, so that coming back is cheap. */
export async function wayTo(origin: string): Promise<Way> {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  const usual = { host, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
  if (protocol === 'http:') {
    return { ready: 'connect', connect: () => connectPlain({ ...usual, port: Number(port || '80') }) };
  }
  const { connect } = await import('node:tls');
  const secure = { ...usual, port: Number(port || '443'), servername: isIP(host) === 0 ? host : '' };
  let session: Buffer | undefined;
  return {
    ready: 'secureConnect',
    connect() {
      const resumed = session === undefined ? {} : { session };
      const socket = connect({ ...secure, ALPNProtocols: ['http/1.1'], ...resumed });
      return socket.on('session', (fresh: Buffer) => (session = fresh));
    },
  };
}
