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

/** A connection from the moment it is asked for. */
interface Attempt {
  readonly opening: Promise<Connection>;
  /** Once it is open: a wait for what is there already would cost every call a turn. */
  acquired?: Acquired;
}

/**
 * The one connection to a server, shared by all calls: opened with the first, opened again when it was lost, closed
 * when nobody has used it for a while.
 */
export class Link {
  readonly #server: McpServer;
  readonly #surroundings: LinkSurroundings;
  readonly #onToolsChanged: () => void;
  readonly #closing = new AbortController();
  #current: Attempt | undefined;
  /** Until what was given up has ended. */
  #retired: Promise<unknown> = Promise.resolve();
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
    const acquired = this.#current?.acquired;
    if (acquired !== undefined && !signal.aborted) return acquired;
    return this.#waitFor(call, signal);
  }

  async #waitFor(call: string, signal: AbortSignal): Promise<Acquired> {
    this.#current ??= this.#begin();
    const opened = await unlessAborted(this.#current.opening, signal);
    if (opened === 'aborted') return { ok: false, fault: abortFault(call, signal, false) };
    return opened instanceof FaultError ? { ok: false, fault: opened.fault } : { ok: true, connection: opened };
  }

  release(): void {
    this.#users -= 1;
    this.#stopWhenIdle();
  }

  /** Has the next call connect anew: the server no longer knows this connection. */
  async drop(connection: Connection): Promise<void> {
    const current = this.#current;
    if (current !== undefined && (await current.opening.catch(() => undefined)) === connection) this.#forget(current);
    await connection.close();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#closing.abort();
    const connection = await this.#current?.opening.catch(() => undefined);
    await Promise.all([connection?.close(), this.#retired]);
  }

  #begin(): Attempt {
    const attempt: Attempt = { opening: this.#open() };
    // Before anybody who waits for it goes on.
    attempt.opening.then(
      (connection) => this.#onOpened(attempt, connection),
      (error: unknown) => this.#onNotOpened(attempt, error),
    );
    return attempt;
  }

  async #open(): Promise<Connection> {
    // Two processes of one server could be in each other's way: a port, a file that is locked.
    if (this.#server.target.kind === 'stdio') await this.#retired;
    await sleepUntil(this.#notBefore, this.#closing.signal);
    return this.#connect();
  }

  #onOpened(attempt: Attempt, connection: Connection): void {
    const since = performance.now();
    void connection.ended.then(() => this.#onEnded(attempt, since));
    attempt.acquired = { ok: true, connection };
    this.#stopWhenIdle();
  }

  #onNotOpened(attempt: Attempt, error: unknown): void {
    this.#forget(attempt);
    // Waiting would not help where nobody has logged in, and whoever has need not wait.
    if (!(error instanceof FaultError && error.fault.kind === 'auth_required')) this.#delayNext();
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

  /** What was given up ends late, when another may have taken its place: that one is left alone. */
  #onEnded(attempt: Attempt, since: number): void {
    if (this.#current !== attempt) return;
    this.#forget(attempt);
    if (performance.now() - since >= healthyMs) this.#failures = 0;
    this.#delayNext();
  }

  /** The next call connects anew. */
  #forget(attempt: Attempt): void {
    if (this.#current !== attempt) return;
    this.#current = undefined;
    this.#onToolsChanged();
  }

  /** The first failure costs nothing: a server may well be restarted on purpose. */
  #delayNext(): void {
    const wait = this.#failures === 0 ? 0 : firstWaitMs * 2 ** (this.#failures - 1);
    this.#notBefore = performance.now() + Math.min(wait, longestWaitMs);
    this.#failures += 1;
  }

  #stopWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    const current = this.#current;
    if (this.#users > 0 || current === undefined) return;
    this.#idleTimer = setTimeout(() => this.#retire(current), this.#server.idleStopMs).unref();
  }

  #retire(attempt: Attempt): void {
    this.#forget(attempt);
    const ended = attempt.opening.then((connection) => connection.close()).catch(() => undefined);
    this.#retired = Promise.all([this.#retired, ended]);
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
