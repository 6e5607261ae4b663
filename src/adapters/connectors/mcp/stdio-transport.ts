import type { JSONRPCMessage, RequestId, Transport } from '@modelcontextprotocol/client';
import type { Readable } from 'node:stream';
import type { McpTarget } from '../../../model/mcp-servers.ts';
import { isJsonObject } from '../../../model/json.ts';
import { invalidReply } from '../faults.ts';
import { parseJson } from '../reply-body.ts';
import { faultMessage } from './fault-messages.ts';
import { createLineReader } from './line-reader.ts';
import { startServer, type ProcessSurroundings, type ServerProcess } from './server-process.ts';

/** A server that sends more without a line break is not listened to any longer. */
const largestMessageBytes = 10 * 1_048_576;
const onItsWay = Promise.resolve();

/**
 * The protocol over the standard streams of a child process. The SDK's own transport cannot start a process group,
 * so that children of a server would outlive it. `stderr` and `pid` tell the SDK what kind of transport it is.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #target: McpTarget & { readonly kind: 'stdio' };
  readonly #surroundings: ProcessSurroundings;
  #process: ServerProcess | undefined;
  #ending: string | undefined;
  #isOverflown = false;
  #isBehind = false;
  /** Lines of this turn, not written yet. */
  #unsent = '';

  constructor(target: McpTarget & { readonly kind: 'stdio' }, surroundings: ProcessSurroundings) {
    this.#target = target;
    this.#surroundings = surroundings;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get stderr(): Readable | null {
    return this.#process?.streams.stderr ?? null;
  }

  /** How the process ended; undefined while it runs. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** True when the connection was given up because a message had no end. */
  get isOverflown(): boolean {
    return this.#isOverflown;
  }

  lastWords(): string {
    return this.#process?.lastWords() ?? '';
  }

  async start(): Promise<void> {
    const started = await startServer(this.#target, this.#surroundings);
    this.#process = started;
    const lines = createLineReader(largestMessageBytes, {
      line: (line) => this.#receive(line),
      overflow: () => {
        this.#isOverflown = true;
        void this.close();
      },
    });
    started.streams.stdout.on('data', (chunk: Buffer) => lines.append(chunk));
    started.streams.stdout.on('error', () => undefined);
    void Promise.all([started.exited, closed(started.streams.stdout), closed(started.streams.stderr)]).then(([how]) => {
      this.#ending = how;
      return this.onclose?.();
    });
  }

  /** Resolves when the message is on its way. What is sent within one turn is written at once: a write is dear. */
  send(message: JSONRPCMessage): Promise<void> {
    if (this.#process?.streams.stdin.writable !== true) return Promise.reject(new Error('The server has ended.'));
    if (this.#unsent === '') process.nextTick(() => this.#flush());
    this.#unsent += `${JSON.stringify(message)}\n`;
    return onItsWay;
  }

  async close(): Promise<void> {
    // A server that is being closed still hears that its calls are cancelled.
    this.#flush();
    await this.#process?.end();
  }

  /** A write that fails is followed by the end of the process, which ends every call. */
  #flush(): void {
    const lines = this.#unsent;
    this.#unsent = '';
    if (lines !== '') this.#process?.streams.stdin.write(lines);
  }

  /** Anything but a message is noise: many servers greet on their standard output. */
  #receive(line: Buffer): void {
    const parsed = parseJson(line);
    if (!parsed.ok) return this.#refuse(line, parsed.reason);
    if (!isJsonObject(parsed.value) || parsed.value['jsonrpc'] !== '2.0') return;
    this.#deliver(parsed.value as JSONRPCMessage);
  }

  /** An answer that cannot be taken ends its call; all else that is no message is not worth a word. */
  #refuse(line: Buffer, reason: string): void {
    const id = answeredId(line);
    if (id !== undefined) this.onmessage?.(faultMessage(id, invalidReply('The server', reason)));
  }

  /** The SDK hands progress on a little later than it takes answers: an answer must not overtake what came before it. */
  #deliver(message: JSONRPCMessage): void {
    if ('method' in message) {
      this.#isBehind = true;
      setImmediate(() => (this.#isBehind = false));
    }
    if (this.#isBehind && !('method' in message)) setImmediate(() => this.onmessage?.(message));
    else this.onmessage?.(message);
  }
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => resolve());
  });
}

/** The call that a message answers, where it is JSON at all. */
function answeredId(line: Buffer): RequestId | undefined {
  try {
    const { id, method } = JSON.parse(line.toString('utf8')) as { readonly id?: unknown; readonly method?: unknown };
    return method === undefined && (typeof id === 'number' || typeof id === 'string') ? id : undefined;
  } catch {
    return undefined;
  }
}
