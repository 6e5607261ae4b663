import { existsSync, renameSync } from 'node:fs';
import type { EpochMs } from '../../model/time.ts';
import type { Connection } from './native.ts';
import { openDisposableDatabase, type DatabaseSpec } from './open-database.ts';
import { openForReading } from './open-for-reading.ts';
import { codeOf, isBusy, isDamaged, toStorageFault } from './storage-faults.ts';

/**
 * A database whose loss harms nobody. It is opened at its first use; a damaged one is set aside
 * (`<file>.broken-<time>`) and begun anew; whatever else goes wrong is kept for {@link DisposableStore.health} and
 * never thrown.
 */
export class DisposableStore<Statements> {
  readonly #spec: DatabaseSpec;
  readonly #prepare: (connection: Connection) => Statements;
  readonly #now: () => EpochMs;
  #open: Opened<Statements> | undefined;
  #closed = false;
  #offUntil = 0;
  #fault: string | undefined;
  #cause: unknown;
  #setAside: string | undefined;

  constructor(spec: DatabaseSpec, prepare: (connection: Connection) => Statements, now: () => EpochMs) {
    this.#spec = spec;
    this.#prepare = prepare;
    this.#now = now;
  }

  /** The result of `action`, or why there is none: `busy` (worth another try soon) or `failed`. */
  use<T>(action: (statements: Statements, connection: Connection) => T): Used<T> {
    return this.#use(({ statements, connection }) => action(statements, connection));
  }

  #use<T>(action: (opened: Opened<Statements>) => T): Used<T> {
    if (!this.isUsable()) return { ok: false, because: 'failed' };
    try {
      return this.#succeed(this.#run(action));
    } catch (error) {
      if (!isDamaged(error)) return this.#fail(error);
    }
    try {
      this.#begin();
      return this.#succeed(this.#run(action));
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Like {@link use}, for what changes nothing: where the file cannot be written, it may still be read. */
  read<T>(action: (statements: Statements, connection: Connection) => T): Used<T> {
    const used = this.use(action);
    if (used.ok || used.because === 'busy' || this.#closed) return used;
    const connection = openForReading(this.#spec, this.#cause);
    if (connection === undefined) return used;
    try {
      return this.#succeed(action(this.#prepare(connection), connection));
    } catch (error) {
      return this.#fail(error);
    } finally {
      connection.close();
    }
  }

  /** False once it is closed, and for a while after a fault. */
  isUsable(): boolean {
    return !this.#closed && performance.now() >= this.#offUntil;
  }

  /** Like {@link use}, as one transaction. */
  write<T>(action: (statements: Statements, connection: Connection) => T): Used<T> {
    return this.#use(({ statements, connection, transact }) => transact(() => action(statements, connection)));
  }

  /** The last fault that is still so, or that a damaged file was set aside; undefined while all is well. */
  health(): string | undefined {
    return this.#fault ?? this.#setAside;
  }

  /** The file exists; only for asking, whether there is anything to read. */
  exists(): boolean {
    return this.#open !== undefined || existsSync(this.#spec.file);
  }

  close(): void {
    this.#closed = true;
    this.#release();
  }

  #run<T>(action: (opened: Opened<Statements>) => T): T {
    this.#open ??= this.#connect();
    return action(this.#open);
  }

  #connect(): Opened<Statements> {
    const connection = openDisposableDatabase(this.#spec);
    return { connection, statements: this.#prepare(connection), transact: transactorOf(connection) };
  }

  #succeed<T>(value: T): Used<T> {
    this.#fault = undefined;
    return { ok: true, value };
  }

  #fail(error: unknown): { readonly ok: false; readonly because: 'busy' | 'failed' } {
    this.#cause = error;
    this.#fault = toStorageFault(error, this.#spec.file).message;
    if (isBusy(error)) return { ok: false, because: 'busy' };
    // A file that cannot be used now is left alone for a while, so that a full disk does not slow every call.
    this.#offUntil = performance.now() + offMs;
    this.#release();
    return { ok: false, because: 'failed' };
  }

  /** Moves the damaged file out of the way with what belongs to it, so that the next use begins a new one. */
  #begin(): void {
    this.#release();
    const { file, title } = this.#spec;
    const target = `${file}.broken-${new Date(this.#now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
    for (const suffix of ['', '-wal', '-shm']) {
      try {
        renameSync(file + suffix, target + suffix);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    }
    this.#setAside = `The ${title} was damaged, was set aside as ${target}, and has been begun anew.`;
  }

  #release(): void {
    const open = this.#open;
    this.#open = undefined;
    try {
      open?.connection.close();
    } catch (error) {
      this.#fault = toStorageFault(error, this.#spec.file).message;
    }
  }
}

interface Opened<Statements> {
  readonly connection: Connection;
  readonly statements: Statements;
  /** Does something as one transaction. */
  readonly transact: <T>(action: () => T) => T;
}

/** Made once for a connection: to make a transaction takes as long as a small one itself. */
function transactorOf(connection: Connection): Opened<unknown>['transact'] {
  const transaction = connection.transaction((action: () => void) => action());
  return <T>(action: () => T): T => {
    const results: T[] = [];
    transaction.immediate(() => void results.push(action()));
    return results[0] as T;
  };
}

export type Used<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly because: 'busy' | 'failed' };

const offMs = 1_000;
