import type { Redis } from 'ioredis';

/** An answer of Redis; undefined where none came in time. */
export type Answer<T> = { readonly value: T } | undefined;

export interface ConnectionOptions {
  readonly url: string;
  /** What one command may take, the way to Redis included. */
  readonly budgetMs: number;
  /** Told whenever Redis can be reached again. */
  readonly onReady: () => void;
}

/**
 * A connection to Redis that nobody ever waits for longer than the budget: what does not answer in time is left alone
 * for a while, at first for a second, then for longer. Never throws and never rejects.
 */
export class RedisConnection {
  readonly #options: ConnectionOptions;
  #client: Promise<Redis> | undefined;
  #opened: Redis | undefined;
  #fault: string | undefined;
  #awayUntil = 0;
  #failures = 0;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Begins to connect, so that the first command need not wait for it. */
  warmUp(): void {
    this.#connect().catch((error: unknown) => this.#fail(error));
  }

  /**
   * Sends a command.
   * @returns undefined at once, without a promise, while Redis is left alone
   */
  ask<T>(
    command: (redis: Redis) => Promise<T>,
    budgetMs: number = this.#options.budgetMs,
  ): Promise<Answer<T>> | undefined {
    if (!this.isUsable()) return undefined;
    const isReady = this.#opened?.status === 'ready';
    const answer = isReady && this.#opened ? command(this.#opened) : this.#ready().then(command);
    return this.#settle(answer, budgetMs);
  }

  /** False once it is closed, and while Redis is left alone. */
  isUsable(): boolean {
    return !this.#isClosed && performance.now() >= this.#awayUntil;
  }

  /** Why Redis does not answer; undefined while it does. */
  fault(): string | undefined {
    return this.#fault;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = await this.#client?.catch(() => undefined);
    client?.disconnect();
  }

  async #settle<T>(answer: Promise<T>, budgetMs: number): Promise<Answer<T>> {
    try {
      const value = await within(budgetMs, answer);
      if (this.#fault !== undefined) this.#becomeReady();
      this.#failures = 0;
      return { value };
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #connect(): Promise<Redis> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<Redis> {
    const { Redis } = await import('ioredis').catch((error: unknown) => {
      throw new Error('The package "ioredis" is not installed beside Runner: npm install ioredis@6', { cause: error });
    });
    const client = new Redis(this.#options.url, {
      protocol: 2,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 5_000,
      retryStrategy: (times) => Math.min(100 * 2 ** times, 10_000),
    });
    client.on('error', (error: Error) => {
      this.#fault = textOf(error);
    });
    client.on('ready', () => this.#becomeReady());
    this.#opened = client;
    if (this.#isClosed) client.disconnect();
    return client;
  }

  /** The client, once it can take commands. */
  async #ready(): Promise<Redis> {
    const client = await this.#connect();
    if (client.status === 'ready') return client;
    return new Promise((resolve, reject) => {
      const give = (): void => {
        client.off('close', giveUp);
        resolve(client);
      };
      const giveUp = (): void => {
        client.off('ready', give);
        reject(new Unanswered('It cannot be reached.'));
      };
      client.once('ready', give);
      client.once('close', giveUp);
    });
  }

  #becomeReady(): void {
    this.#fault = undefined;
    this.#awayUntil = 0;
    this.#options.onReady();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    // What the connection itself has said is more telling than that nothing came.
    if (this.#fault === undefined || !(error instanceof Unanswered)) this.#fault = textOf(error);
    this.#awayUntil = performance.now() + Math.min(1_000 * 2 ** this.#failures, 30_000);
    this.#failures += 1;
  }
}

/** Nothing came; why not, the connection may have said better. */
class Unanswered extends Error {}

async function within<T>(budgetMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    // An answer that lies ready when this process was busy itself is not late: it is read before `setImmediate`.
    const giveUp = (): void =>
      void setImmediate(() => reject(new Unanswered(`It did not answer within ${budgetMs} ms.`)));
    timer = setTimeout(giveUp, budgetMs);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A failed attempt at several addresses of one host has no text of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ');
  return error.message;
}
