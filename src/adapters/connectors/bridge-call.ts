import type { Fault } from '../../model/faults.ts';
import type { Call } from './connection.ts';
import type { Connections } from './connections.ts';
import { overLimit, wholeReply, type Exchange, type ExchangeOptions } from './exchange.ts';
import { abortFault, connectionFault, invalidReply, tooLarge } from './faults.ts';
import { ReplyError, type ReplyHead } from './reply-head.ts';

/**
 * Sends a request and reads the whole reply, whatever its status. Ends when the signal aborts, also while the call
 * waits for a connection, while it connects and while the body drips; the connection is then destroyed.
 * @param message the whole request, head and body
 */
export function exchange(connections: Connections, message: string, options: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve) => new BridgeCall({ connections, message, options, resolve }).begin());
}

interface CallParts {
  readonly connections: Connections;
  readonly message: string;
  readonly options: ExchangeOptions;
  readonly resolve: (result: Exchange) => void;
}

/** One object that is told everything: a set of closures for each call would cost more than the call. */
class BridgeCall implements Call {
  readonly message: string;
  readonly #parts: CallParts;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #head: ReplyHead | undefined;
  #mayBeSent = false;
  #isSettled = false;

  constructor(parts: CallParts) {
    this.message = parts.message;
    this.#parts = parts;
  }

  begin(): void {
    const { options, connections } = this.#parts;
    if (options.signal.aborted) return this.handleEvent();
    options.signal.addEventListener('abort', this, { once: true });
    connections.begin(this);
  }

  /** The signal aborted. */
  handleEvent(): void {
    const { call, signal } = this.#parts.options;
    this.#giveUp(abortFault(call, signal, this.#mayBeSent));
  }

  sending(): void {
    this.#mayBeSent = true;
  }

  head(head: ReplyHead): void {
    this.#head = head;
    if (typeof head.body === 'number') this.#limit(head.body);
  }

  data(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#limit(this.#size);
  }

  done(): void {
    const { status = 0, headers = {} } = this.#head ?? {};
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    const whole = wholeReply({ status, headers, body }, this.#parts.options);
    if (whole instanceof Promise) void whole.then((result) => this.#settle(result));
    else this.#settle(whole);
  }

  failed(error: Error): void {
    this.#settle({ ok: false, fault: lossOf(this.#parts.options.call, error, this.#mayBeSent) });
  }

  #limit(bytes: number): void {
    const { call, maxBytes } = this.#parts.options;
    if (bytes > maxBytes) this.#giveUp(overLimit(call, maxBytes));
  }

  #giveUp(fault: Fault): void {
    this.#settle({ ok: false, fault });
    this.#chunks.length = 0;
    this.#parts.connections.abandon(this);
  }

  /** What settles a call first is what counts. */
  #settle(result: Exchange): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#parts.options.signal.removeEventListener('abort', this);
    this.#parts.resolve(result);
  }
}

function lossOf(call: string, error: Error, sent: boolean): Fault {
  if (!(error instanceof ReplyError)) return connectionFault(call, error, sent);
  switch (error.kind) {
    case 'malformed':
      return invalidReply(call, `what came back is not HTTP: ${error.message}`);
    case 'too_long':
      return tooLarge(call, error.message);
    case 'upgrade':
      return connectionFault(call, error, sent);
  }
}
