import type { Fault } from '../../../model/faults.ts';
import type { McpServer } from '../../../model/mcp-servers.ts';
import { abortFault } from '../faults.ts';
import { FaultError } from './fault-error.ts';
import { reapOrphans } from './child-records.ts';
import type { Connection } from './connection.ts';
import type { ServerCredentials } from './auth/server-credentials.ts';
import { forgetLegacy, isKnownLegacy, rememberLegacy } from './era-memory.ts';
import type { ProcessSurroundings } from './server-process.ts';

/** Waits before a server that keeps failing is started again: doubled each time. */
const [firstWaitMs, longestWaitMs] = [250, 30_000] as const;
/** A server that lived so long has recovered from whatever ended it. */
const healthyMs = 10_000;

export interface LinkSurroundings extends ProcessSurroundings {
  readonly clientVersion: string;
  /** Absent: the server does not ask for OAuth. */
  readonly credentials: () => Promise<ServerCredentials> | undefined;
}

export type Acquired =
  { readonly ok: true; readonly connection: Connection } | { readonly ok: false; readonly fault: Fault };

/**
 * The one connection to a server, shared by all calls: opened with the first, opened again when it was lost, closed
 * when nobody has used it for a while.
 */
export class Link {
  readonly #server: McpServer;
  readonly #surroundings: LinkSurroundings;
  readonly #onToolsChanged: () => void;
  readonly #closing = new AbortController();
  #opening: Promise<Connection> | undefined;
  /** The connection that is open: a wait for what is there already would cost every call a turn. */
  #opened: Acquired | undefined;
  #users = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #notBefore = 0;

  constructor(server: McpServer, surroundings: LinkSurroundings, onToolsChanged: () => void) {
    this.#server = server;
    this.#surroundings = surroundings;
    this.#onToolsChanged = onToolsChanged;
  }

  /**
   * The connection, kept open until {@link release}. A fault says that nothing was sent.
   * @param call for the message
   */
  acquire(call: string, signal: AbortSignal): Acquired | Promise<Acquired> {
    clearTimeout(this.#idleTimer);
    this.#users += 1;
    if (this.#opened !== undefined && !signal.aborted) return this.#opened;
    return this.#waitFor(call, signal);
  }

  async #waitFor(call: string, signal: AbortSignal): Promise<Acquired> {
    this.#opening ??= this.#open();
    const opened = await unlessAborted(this.#opening, signal);
    if (opened === 'aborted') return { ok: false, fault: abortFault(call, signal, false) };
    return opened instanceof FaultError ? { ok: false, fault: opened.fault } : { ok: true, connection: opened };
  }

  release(): void {
    this.#users -= 1;
    this.#stopWhenIdle();
  }

  /** Has the next call connect anew: the server no longer knows this connection. */
  async drop(connection: Connection): Promise<void> {
    const current = await this.#opening?.catch(() => undefined);
    if (current === connection) this.#forget();
    await connection.close();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#closing.abort();
    const connection = await this.#opening?.catch(() => undefined);
    await connection?.close();
  }

  async #open(): Promise<Connection> {
    try {
      await sleepUntil(this.#notBefore, this.#closing.signal);
      const connection = await this.#connect();
      const since = performance.now();
      void connection.ended.then(() => this.#onEnded(since));
      this.#opened = { ok: true, connection };
      this.#stopWhenIdle();
      return connection;
    } catch (error) {
      this.#forget();
      // Waiting would not help where nobody has logged in, and whoever has need not wait.
      if (!(error instanceof FaultError && error.fault.kind === 'auth_required')) this.#delayNext();
      throw error;
    }
  }

  async #connect(): Promise<Connection> {
    const { home } = this.#surroundings;
    const { target } = this.#server;
    const isLegacy = this.#server.era === 'auto' && isKnownLegacy(home, target);
    if (target.kind === 'stdio') reapOrphans(home);
    try {
      const connection = await this.#connectAs(isLegacy);
      const spoken = connection.client.getProtocolEra();
      if (this.#server.era === 'auto' && !isLegacy && spoken === 'legacy') rememberLegacy(home, target);
      return connection;
    } catch (error) {
      if (isLegacy) forgetLegacy(home, target);
      if (isLegacy || target.kind === 'http' || this.#server.era !== 'auto' || !isWorthAnother(error)) throw error;
      // Some servers end when they are asked which protocol they speak: they speak the older one.
      const connection = await this.#connectAs(true);
      rememberLegacy(home, target);
      return connection;
    }
  }

  async #connectAs(isLegacy: boolean): Promise<Connection> {
    // The SDK is dear: it is loaded with the first call of a server.
    const [{ openConnection }, credentials] = await Promise.all([
      import('./connection.ts'),
      this.#surroundings.credentials(),
    ]);
    const connection = await openConnection({
      server: this.#server,
      surroundings: this.#surroundings,
      clientVersion: this.#surroundings.clientVersion,
      credentials,
      isLegacy,
      onToolsChanged: this.#onToolsChanged,
    });
    if (!this.#closing.signal.aborted) return connection;
    await connection.close();
    throw closedFault(this.#server);
  }

  #onEnded(since: number): void {
    this.#forget();
    this.#onToolsChanged();
    if (performance.now() - since >= healthyMs) this.#failures = 0;
    this.#delayNext();
  }

  /** The next call connects anew. */
  #forget(): void {
    this.#opening = undefined;
    this.#opened = undefined;
  }

  /** The first failure costs nothing: a server may well be restarted on purpose. */
  #delayNext(): void {
    const wait = this.#failures === 0 ? 0 : firstWaitMs * 2 ** (this.#failures - 1);
    this.#notBefore = performance.now() + Math.min(wait, longestWaitMs);
    this.#failures += 1;
  }

  #stopWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    const opening = this.#opening;
    if (this.#users > 0 || opening === undefined) return;
    const stop = (): void => {
      if (this.#opening === opening) this.#forget();
      void opening.then((connection) => connection.close()).catch(() => undefined);
    };
    this.#idleTimer = setTimeout(stop, this.#server.idleStopMs).unref();
  }
}

function isWorthAnother(error: unknown): boolean {
  return error instanceof FaultError && error.fault.transient;
}

function closedFault({ name }: McpServer): FaultError {
  const message = `The MCP server "${name}" is being closed`;
  return new FaultError({ kind: 'cancelled', message, outcome: 'not_executed', transient: false });
}

function unlessAborted(
  opening: Promise<Connection>,
  signal: AbortSignal,
): Promise<Connection | FaultError | 'aborted'> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve('aborted');
    const settle = (settled: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      settled();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    opening.then(
      (connection) => settle(() => resolve(connection)),
      (error: unknown) => settle(() => (error instanceof FaultError ? resolve(error) : reject(error))),
    );
  });
}

async function sleepUntil(due: number, signal: AbortSignal): Promise<void> {
  const wait = due - performance.now();
  if (wait <= 0) return;
  const { setTimeout: sleep } = await import('node:timers/promises');
  await sleep(wait, undefined, { signal }).catch(() => undefined);
}
