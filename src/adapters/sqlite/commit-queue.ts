import { RunnerError } from '../../model/errors.ts';
import type { Connection } from './native.ts';
import { identityOf } from './open-database.ts';
import { codeOf, isBusy, toStorageFault } from './storage-faults.ts';

/** Writes of one turn of the event loop, committed together: one wait for the disk serves them all. */
export interface CommitQueue {
  /**
   * Runs `write` in the next transaction and settles after COMMIT, in the order of the calls. `write` may run more
   * than once, and throws a RunnerError only before it has changed anything: then it fails alone.
   */
  commit<T>(write: () => T): Promise<T>;
  /** Settles when everything that was handed in has been settled. */
  drained(): Promise<void>;
}

const busyPatienceMs = 10_000;
const identityCheckMs = 1_000;

export function createCommitQueue(connection: Connection, file: string): CommitQueue {
  return new GroupCommit(connection, file);
}

interface Job {
  readonly write: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class GroupCommit implements CommitQueue {
  readonly #file: string;
  readonly #identity: string | undefined;
  readonly #connection: Connection;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  #queued: Job[] = [];
  #scheduled = false;
  #busySince: number | undefined;
  #identityCheckedAt = performance.now();
  #defect: RunnerError | undefined;
  #onDrained: (() => void)[] = [];

  constructor(connection: Connection, file: string) {
    this.#connection = connection;
    this.#file = file;
    this.#identity = identityOf(file);
    this.#begin = connection.prepare<[]>('BEGIN IMMEDIATE');
    this.#commit = connection.prepare<[]>('COMMIT');
    this.#rollback = connection.prepare<[]>('ROLLBACK');
  }

  commit<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queued.push({ write, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  drained(): Promise<void> {
    if (this.#queued.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained.push(resolve);
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const group = this.#queued;
    this.#queued = [];
    this.#settle(group);
    if (this.#queued.length > 0) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  #settle(group: readonly Job[]): void {
    try {
      this.#refuseAfterDefect();
      this.#commitTogether(group);
      this.#busySince = undefined;
    } catch (error) {
      if (isBusy(error) && this.#isPatient()) return this.#retryLater(group);
      this.#busySince = undefined;
      if (group.length > 1 && this.#defect === undefined && !isBusy(error)) this.#settleOneByOne(group);
      else for (const job of group) job.reject(toStorageFault(error, this.#file));
    }
  }

  /** One of them fails, and only that one must hear of it. */
  #settleOneByOne(group: readonly Job[]): void {
    for (const [index, job] of group.entries()) {
      this.#settle([job]);
      if (this.#queued.length === 0) continue;
      // The file has become busy: the others keep their places behind this one.
      this.#queued.push(...group.slice(index + 1));
      return;
    }
  }

  #commitTogether(group: readonly Job[]): void {
    this.#begin.run();
    try {
      const settlements = group.map(perform);
      this.#commit.run();
      for (const settle of settlements) settle();
    } catch (error) {
      if (this.#connection.inTransaction) this.#rollback.run();
      this.#noteDefect(error);
      throw error;
    }
  }

  /** After a failed sync the kernel may report the lost pages as written: nothing here can be trusted any more. */
  #noteDefect(error: unknown): void {
    const code = codeOf(error);
    if (code === 'SQLITE_IOERR_FSYNC' || code === 'SQLITE_IOERR_DIR_FSYNC') {
      this.#defect = toStorageFault(error, this.#file);
    }
  }

  #refuseAfterDefect(): void {
    const now = performance.now();
    if (this.#defect === undefined && now - this.#identityCheckedAt >= identityCheckMs) {
      this.#identityCheckedAt = now;
      if (identityOf(this.#file) !== this.#identity) this.#defect = replaced(this.#file);
    }
    if (this.#defect !== undefined) throw this.#defect;
  }

  #isPatient(): boolean {
    this.#busySince ??= performance.now();
    return performance.now() - this.#busySince < busyPatienceMs;
  }

  #retryLater(group: readonly Job[]): void {
    this.#queued.unshift(...group);
    this.#scheduled = true;
    setTimeout(() => this.#flush(), 2 + Math.random() * 20);
  }
}

/** Runs one job inside the transaction; what it returns tells the caller about it once that is true. */
function perform(job: Job): () => void {
  try {
    const value = job.write();
    return () => job.resolve(value);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return () => job.reject(error);
  }
}

function replaced(file: string): RunnerError {
  return new RunnerError('STORAGE_UNUSABLE', `${file} was removed or replaced while it was in use.`, {
    hint: 'Put it back, or start again; what is appended now would be lost.',
  });
}
