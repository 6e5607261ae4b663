import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Journal, Ledger } from '../../engine/ports.ts';
import type { Counts, NewRun, Owner, RunChange, RunFilter, RunRecord } from '../../model/run-records.ts';
import type { BudgetState } from '../../model/budgets.ts';
import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import type { RunRequest } from '../../model/requests.ts';
import { leaseLost, leaseMs, runExists, runFinal, runNotFound } from '../../model/ownership.ts';
import { isFinal, type RunStatus } from '../../model/states.ts';
import { irVersion, type Workflow } from '../../model/workflow.ts';
import { createCommitQueue, type CommitQueue } from './commit-queue.ts';
import { claimRun } from './journal-claims.ts';
import { openLedger, type LedgerFile } from './journal-ledger.ts';
import { findRun, listRuns, type Liveness } from './journal-records.ts';
import { journalApplicationId, journalMigrations, prepareJournal, type JournalStatements } from './journal-schema.ts';
import { openWitness, type Witness } from './journal-witness.ts';
import type { Connection } from './native.ts';
import { openDatabase, type DatabaseSpec } from './open-database.ts';
import { openForReading } from './open-for-reading.ts';
import { isBusy, toStorageFault } from './storage-faults.ts';

export interface JournalOptions {
  /** Created when it is missing, for this user alone; the file in it is `journal.db`. */
  readonly folder: string;
  /** False only when the process is surely dead. */
  readonly isAlive: (owner: Owner) => boolean;
  readonly clock: Pick<Clock, 'now'>;
  /** Is told when an append waits for space on a full disk: once, until one succeeds again. */
  readonly onFull?: (fault: RunnerError) => void;
}

/** The durable record of runs in one SQLite file. */
export interface SqliteJournal extends Journal {
  readonly store: JournalStore;
}

/** What else may be kept in the same file and committed with the same waits for the disk. */
interface JournalStore {
  readonly connection: Connection;
  readonly queue: CommitQueue;
}

/** @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_FULL, STORAGE_TOO_NEW, NODE_UNSUPPORTED */
export async function openJournal(options: JournalOptions): Promise<SqliteJournal> {
  const spec = journalSpec(options.folder);
  const isNew = !existsSync(spec.file);
  const connection = await openDatabase(spec);
  try {
    return new JournalFile(connection, openWitness(connection, spec.file, { isNew }), { ...options, file: spec.file });
  } catch (error) {
    connection.close();
    throw toStorageFault(error, spec.file);
  }
}

/**
 * The journal to be read where it cannot be opened for writing; every method that would write fails.
 * @param fault why it could not be opened; thrown where it cannot be read either
 */
export function openJournalForReading(options: JournalOptions, fault: unknown): SqliteJournal {
  const spec = journalSpec(options.folder);
  const connection = openForReading(spec, fault);
  if (connection === undefined) throw fault;
  return new JournalFile(connection, openWitness(connection, spec.file, { isNew: false }), {
    ...options,
    file: spec.file,
  });
}

function journalSpec(folder: string): DatabaseSpec {
  return {
    file: join(folder, 'journal.db'),
    title: 'journal',
    applicationId: journalApplicationId,
    migrations: journalMigrations,
    synchronous: 'FULL',
    busyTimeoutMs: 10,
  };
}

/** Rows of owners that nobody has heard of for so long are removed when a new owner comes. */
const forgetOwnersAfterMs = 86_400_000;

/** How long an append waits on a full disk. */
const spacePatienceMs = 60_000;
const lookForSpaceMs = 250;

class JournalFile implements SqliteJournal {
  readonly store: JournalStore;
  readonly ledger: Ledger;
  readonly #ledgerFile: () => LedgerFile;
  readonly #file: string;
  readonly #witness: Witness;
  readonly #statements: JournalStatements;
  readonly #liveness: Liveness;
  readonly #onFull: (fault: RunnerError) => void;
  #isFull = false;

  constructor(connection: Connection, witness: Witness, options: JournalOptions & { readonly file: string }) {
    const { file, isAlive, clock, onFull } = options;
    this.#file = file;
    this.#witness = witness;
    this.#onFull = onFull ?? (() => undefined);
    this.#statements = prepareJournal(connection);
    this.#liveness = { isAlive, now: () => clock.now() };
    this.store = { connection, queue: createCommitQueue(connection, file) };
    this.#ledgerFile = lazily(() => openLedger(connection));
    this.ledger = this.#publicLedger();
  }

  async create(run: NewRun, owner: Owner, events: readonly RunEvent[]): Promise<void> {
    const inputs = JSON.stringify(run.inputs);
    const body = JSON.stringify(events);
    await this.store.queue.commit(() => {
      const sql = this.#statements;
      if (sql.run.get(run.id) !== undefined) throw runExists(run.id);
      this.#keepDefinition(run);
      const ended = isFinal(run.status);
      const holder = ended ? null : this.#register(owner);
      const { id, workflow, status, startedAt, commit = null, environment = null } = run;
      const endedAt = ended ? lastInstant(events) : null;
      const values = [
        id,
        workflow.name,
        workflow.hash,
        status,
        Math.trunc(startedAt),
        endedAt,
        holder,
        commit,
        environment,
      ] as const;
      const n = Number(sql.addRun.run(...values, inputs).lastInsertRowid);
      sql.addEvents.run(n, body);
    });
    this.#witness.attest();
  }

  append(
    run: string,
    epoch: number,
    events: readonly RunEvent[],
    { status, release, counts }: RunChange = {},
  ): Promise<BudgetState | undefined> {
    const body = JSON.stringify(events);
    const bodyIfRefused = counts?.spend === undefined ? body : JSON.stringify(events.slice(0, -1));
    return this.#waitForSpace(() => {
      const sql = this.#statements;
      const n = sql.ownedRun.get(run, epoch) ?? this.#refuseStranger(run, epoch);
      const refusal = counts && this.#count(counts, run);
      if (events.length > (refusal ? 1 : 0)) sql.addEvents.run(n, refusal ? bodyIfRefused : body);
      if (status !== undefined) this.#applyChange(n, { status, release: release === true }, events);
      return refusal;
    });
  }

  #count(counts: Counts, run: string): BudgetState | undefined {
    const workflow = this.#statements.workflowOf.get(run) ?? '';
    return this.#ledgerFile().record(counts, { run, workflow, isKept: true });
  }

  #publicLedger(): Ledger {
    return {
      count: (counts, origin) => this.#waitForSpace(() => this.#ledgerFile().record(counts, origin)),
      budgets: (space, now) => this.#read(() => this.#ledgerFile().budgets(space, now)),
      costs: (space, since = '') => this.#read(() => this.#ledgerFile().costs(space, since)),
    };
  }

  /** What has happened must not be lost for want of a few bytes: the run pauses, and goes on when there is space. */
  async #waitForSpace<T>(write: () => T): Promise<T> {
    const givenUpAt = performance.now() + spacePatienceMs;
    for (;;) {
      try {
        const value = await this.store.queue.commit(write);
        this.#witness.attest();
        this.#isFull = false;
        return value;
      } catch (error) {
        if (!isFull(error) || performance.now() > givenUpAt) throw error;
        if (!this.#isFull) this.#onFull(error);
        this.#isFull = true;
      }
      await sleep(lookForSpaceMs);
    }
  }

  events(run: string): readonly RunEvent[] {
    return this.#read(() => this.#statements.events.all(run).flatMap((body) => JSON.parse(body) as RunEvent[]));
  }

  find(id: string): RunRecord {
    return this.#read(() => findRun(this.#statements, id, this.#liveness));
  }

  list(filter: RunFilter): readonly RunRecord[] {
    return this.#read(() =>
      listRuns({ connection: this.store.connection, statements: this.#statements }, filter, this.#liveness),
    );
  }

  definition(hash: string): { readonly workflow: Workflow; readonly source: string } {
    const row = this.#read(() => this.#statements.definition.get(hash));
    if (row === undefined) throw unreadable(`The definition ${hash} is not in ${this.#file}.`);
    if (row.ir_version > irVersion) {
      throw unreadable(`The run was started by a newer Runner (form ${row.ir_version}, this one knows ${irVersion}).`);
    }
    return { workflow: JSON.parse(row.compiled) as Workflow, source: row.source };
  }

  async claim(run: string, owner: Owner, options: { readonly force?: boolean } = {}): Promise<number> {
    const outcome = await this.store.queue.commit(() =>
      claimRun(
        this.#statements,
        { run, force: options.force === true, register: () => this.#register(owner) },
        this.#liveness,
      ),
    );
    if (typeof outcome !== 'number') throw outcome;
    return outcome;
  }

  async heartbeat(owner: Owner): Promise<void> {
    await this.store.queue.commit(() => this.#statements.extendLease.run(this.#leaseEnd(), owner.instance));
  }

  request(run: string, request: RunRequest): Promise<void> {
    const body = JSON.stringify(request);
    return this.store.queue.commit(() => {
      const row = this.#statements.run.get(run);
      if (row === undefined) throw runNotFound(run);
      const status = row.status as RunStatus;
      if (isFinal(status)) throw runFinal(run, status);
      this.#statements.addRequest.run(row.n, body);
    });
  }

  takeRequests(owner: Owner): readonly { readonly run: string; readonly request: RunRequest }[] {
    const { untakenRequests, takeRequest } = this.#statements;
    // Almost always there are none, and a look costs no lock and no wait for the disk.
    if (this.#read(() => untakenRequests.all(owner.instance)).length === 0) return [];
    const take = this.store.connection.transaction(() => {
      const rows = untakenRequests.all(owner.instance);
      for (const row of rows) takeRequest.run(row.n);
      return rows.map(({ run, body }) => ({ run, request: JSON.parse(body) as RunRequest }));
    });
    try {
      return take.immediate();
    } catch (error) {
      // Another process is writing: the requests are still there at the next look.
      if (isBusy(error)) return [];
      throw toStorageFault(error, this.#file);
    }
  }

  async close(): Promise<void> {
    if (!this.store.connection.open) return;
    await this.store.queue.drained();
    this.#witness.close();
    this.store.connection.close();
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw toStorageFault(error, this.#file);
    }
  }

  #keepDefinition({ workflow, source }: NewRun): void {
    if (this.#statements.hasDefinition.get(workflow.hash) !== undefined) return;
    this.#statements.addDefinition.run(workflow.hash, workflow.irVersion, source, JSON.stringify(workflow));
  }

  #applyChange(
    n: number,
    { status, release }: { readonly status: RunStatus; readonly release: boolean },
    events: readonly RunEvent[],
  ): void {
    const sql = this.#statements;
    if (isFinal(status)) {
      sql.endRun.run(status, lastInstant(events), n);
      sql.forgetRequests.run(n);
    } else if (release) sql.release.run(status, n);
    else sql.setStatus.run(status, n);
  }

  #refuseStranger(run: string, epoch: number): never {
    const row = this.#statements.run.get(run);
    if (row === undefined) throw runNotFound(run);
    const status = row.status as RunStatus;
    throw isFinal(status) ? runFinal(run, status) : leaseLost(run, epoch);
  }

  /** The number of an owner whose lease begins now. */
  #register({ instance, host, pid, processStart, bootId }: Owner): number {
    const sql = this.#statements;
    const known = sql.ownerNumber.get(instance);
    if (known !== undefined) {
      sql.extendLease.run(this.#leaseEnd(), instance);
      return known;
    }
    sql.forgetOwners.run(this.#liveness.now() - forgetOwnersAfterMs);
    const added = sql.addOwner.get(instance, host, pid, processStart, bootId, this.#leaseEnd());
    if (added === undefined) throw new RunnerError('INTERNAL', 'An owner was stored without a number.');
    return added;
  }

  #leaseEnd(): number {
    return Math.trunc(this.#liveness.now()) + leaseMs;
  }
}

/** Most runs count nothing, and its statements cost time at every start. */
function lazily<T>(open: () => T): () => T {
  let opened: { readonly value: T } | undefined;
  return () => (opened ??= { value: open() }).value;
}

function isFull(error: unknown): error is RunnerError {
  return error instanceof RunnerError && error.code === 'STORAGE_FULL';
}

function lastInstant(events: readonly RunEvent[]): number | null {
  const at = events.at(-1)?.at;
  return at === undefined ? null : Math.trunc(at);
}

function unreadable(message: string): RunnerError {
  return new RunnerError('DEFINITION_UNREADABLE', message, {
    hint: 'Continue the run with the Runner version that began it.',
  });
}
