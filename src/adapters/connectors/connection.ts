import type { Socket } from 'node:net';
import type { ReplyHead } from './reply-head.ts';
import { ReplyParser, type ReplyListener } from './reply-parser.ts';

/**
 * An idle connection is closed here before a typical server (5 s) closes it there: a request that meets a closing
 * connection is lost, and nobody knows whether it arrived.
 */
const usualIdleMs = 4_000;

/** Where a server announces a shorter time (`Keep-Alive: timeout=…`), so much before it. */
const clearOfServerMs = 1_000;

/** One request, told of its way. Nothing is told after `done` or `failed`. */
export interface Call extends ReplyListener {
  /** The whole request, head and body. */
  readonly message: string;
  /** The connection (with TLS: its handshake) stands, and the message is written as soon as this returns. */
  sending(): void;
  /** The reply is complete. */
  done(): void;
  failed(error: Error): void;
}

export interface ConnectionParts {
  /** Begins to connect; the socket is ready for the message with `ready`. */
  readonly connect: () => Socket;
  readonly ready: 'connect' | 'secureConnect';
  readonly whenFree: (connection: Connection) => void;
}

/** Carries one call at a time over a kept socket, and makes a new one when there is none. Sends nothing twice. */
export class Connection {
  readonly #parts: ConnectionParts;
  #socket: Socket | undefined;
  #call: Call | undefined;
  #parser: ReplyParser | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  begin(call: Call): void {
    this.#call = call;
    this.#parser = undefined;
    if (this.#socket === undefined) this.#socket = this.#open();
    else this.#send(this.#socket.ref(), call);
  }

  carries(call: Call): boolean {
    return this.#call === call;
  }

  /** Destroys the socket and forgets the call, which is told only where there is a reason to tell. */
  cut(reason?: Error): void {
    const call = this.#call;
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#call = undefined;
    if (reason !== undefined) call?.failed(reason);
  }

  #open(): Socket {
    const socket = this.#parts.connect();
    const whileCurrent = (act: () => void) => (): void => {
      if (socket === this.#socket) act();
    };
    socket.setTimeout(usualIdleMs);
    socket.once(
      this.#parts.ready,
      whileCurrent(() => this.#call !== undefined && this.#send(socket, this.#call)),
    );
    socket.on('data', (chunk: Buffer) => {
      if (socket === this.#socket) this.#read(socket, chunk);
    });
    socket.on(
      'timeout',
      whileCurrent(() => this.#call === undefined && this.cut()),
    );
    socket.on(
      'end',
      whileCurrent(() => this.#ended(socket)),
    );
    socket.on(
      'close',
      whileCurrent(() => this.#lose(lost())),
    );
    socket.on('error', (error) => {
      if (socket === this.#socket) this.#lose(error);
    });
    return socket;
  }

  #send(socket: Socket, call: Call): void {
    this.#parser = new ReplyParser(call);
    call.sending();
    socket.write(call.message);
  }

  #read(socket: Socket, chunk: Buffer): void {
    const [call, parser] = [this.#call, this.#parser];
    // Nobody asked: whatever the far side means, the next reply could be mistaken for it.
    if (call === undefined || parser === undefined) return this.cut();
    try {
      parser.feed(chunk);
    } catch (error) {
      return this.#lose(error instanceof Error ? error : lost());
    }
    if (parser.isComplete && call === this.#call) this.#finish(socket, call);
  }

  #ended(socket: Socket): void {
    this.#parser?.end();
    if (this.#call !== undefined && this.#parser?.isComplete === true) this.#finish(socket, this.#call);
    else this.#lose(lost());
  }

  #finish(socket: Socket, call: Call): void {
    this.#call = undefined;
    // A reply that came before the request was written out leaves the rest of the request in the way.
    const isKept = this.#parser?.isKept === true && socket.writableLength === 0;
    if (isKept) this.#rest(socket, idleMsAfter(this.#parser?.head));
    else this.cut();
    call.done();
    this.#parts.whenFree(this);
  }

  /** The socket's clock begins with its last byte, so that it need not be wound for each call. */
  #rest(socket: Socket, idleMs: number): void {
    if (idleMs <= 0) return this.cut();
    if (idleMs !== socket.timeout) socket.setTimeout(idleMs);
    socket.unref();
  }

  #lose(error: Error): void {
    const wasBusy = this.#call !== undefined;
    this.cut(error);
    if (wasBusy) this.#parts.whenFree(this);
  }
}

function idleMsAfter(head: ReplyHead | undefined): number {
  const announced = /(?:^|[\s,;])timeout=(\d+)/i.exec(String(head?.headers['keep-alive'] ?? ''))?.[1];
  return announced === undefined ? usualIdleMs : Math.min(usualIdleMs, Number(announced) * 1_000 - clearOfServerMs);
}

function lost(): Error {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' });
}
