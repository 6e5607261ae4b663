import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Journal, Ledger, StateStore, TurnLook } from '../../engine/ports.ts';
import type {
  ClaimedRun,
  Counts,
  Creation,
  NewRun,
  Owner,
  RunChange,
  RunFilter,
  RunRecord,
} from '../../model/run-records.ts';
import type { BudgetState } from '../../model/budgets.ts';
import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import type { NewSignal, RunRequest, Signal, TakenRequest } from '../../model/requests.ts';
import { leaseLost, leaseMs, runFinal, runNotFound } from '../../model/ownership.ts';
import { maxStoredBytes, payloadText } from '../../model/payload.ts';
import { isFinal, type RunStatus } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import { irVersion, type Workflow } from '../../model/workflow.ts';
import { createCommitQueue, type CommitQueue } from './commit-queue.ts';
import { claimFirst, claimRun } from './journal-claims.ts';
import { addRequest, applyChange, openRun } from './journal-changes.ts';
import { createRun, numbered } from './journal-creation.ts';
import { journalParts, type JournalParts } from './journal-parts.ts';
import { findRun, listRuns, type Liveness } from './journal-records.ts';
import { journalApplicationId, journalMigrations, type JournalStatements } from './journal-schema.ts';
import { refuseLargeState } from './journal-state.ts';
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

/** What the journal's file is to be. */
export function journalSpec(folder: string): DatabaseSpec {
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

/** Rows of events, each of which holds what one decision recorded. */
const rowsReadAtOnce = 200;

/** How long an append waits on a full disk. */
const spacePatienceMs = 60_000;
const lookForSpaceMs = 250;

class JournalFile implements SqliteJournal {
  readonly store: JournalStore;
  readonly ledger: Ledger;
  readonly state: StateStore;
  readonly #parts: JournalParts;
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
    this.#liveness = { isAlive, now: () => clock.now() };
    this.#parts = journalParts(connection, this.#liveness);
    this.#statements = this.#parts.sql;
    this.store = { connection, queue: createCommitQueue(connection, file) };
    this.state = {
      get: (...place) => this.#read(() => this.#parts.state().get(...place)),
      list: (...wanted) => this.#read(() => this.#parts.state().list(...wanted)),
      keep: async (changes) => {
        refuseLargeState(changes);
        await this.#waitForSpace(() => this.#parts.state().change(changes, clock.now()));
      },
    };
    this.ledger = this.#publicLedger();
  }

  async create(run: NewRun, owner: Owner | undefined, events: readonly RunEvent[]): Promise<Creation> {
    const text = { inputs: JSON.stringify(run.inputs), events: JSON.stringify(events) };
    const register = (): number | undefined => owner && this.#register(owner);
    const creation = await this.store.queue.commit(() =>
      createRun(this.#parts, { run, ...text, lastEventAt: events.at(-1)?.at }, register),
    );
    this.#witness.attest();
    return creation;
  }

  async append(
    run: string,
    epoch: number,
    events: readonly RunEvent[],
    change: RunChange = {},
  ): Promise<BudgetState | undefined> {
    const { counts } = change;
    refuseLargeState(change.state);
    const body = JSON.stringify(events);
    const bodyIfRefused = counts?.spend === undefined ? body : JSON.stringify(events.slice(0, -1));
    return this.#waitForSpace(() => {
      const sql = this.#statements;
      const n = sql.ownedRun.get(run, epoch) ?? this.#refuseStranger(run, epoch);
      const refusal = counts && this.#count(counts, run);
      if (events.length > (refusal ? 1 : 0)) sql.addEvents.run(n, refusal ? bodyIfRefused : body);
      applyChange(this.#parts, n, change, events);
      return refusal;
    });
  }

  #count(counts: Counts, run: string): BudgetState | undefined {
    const workflow = this.#statements.workflowOf.get(run) ?? '';
    return this.#parts.ledger().record(counts, { run, workflow, isKept: true });
  }

  #publicLedger(): Ledger {
    return {
      count: (counts, origin) => this.#waitForSpace(() => this.#parts.ledger().record(counts, origin)),
      budgets: (space, now) => this.#read(() => this.#parts.ledger().budgets(space, now)),
      costs: (space, since = '') => this.#read(() => this.#parts.ledger().costs(space, since)),
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

  *read(run: string): Iterable<RunEvent> {
    let last = 0;
    for (;;) {
      const rows = this.#read(() => this.#statements.someEvents.all(run, last, rowsReadAtOnce));
      for (const { body } of rows) yield* JSON.parse(body) as RunEvent[];
      const end = rows.at(-1);
      if (end === undefined) return;
      last = end.n;
    }
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
    const claim = { run, force: options.force === true, register: () => this.#register(owner) };
    const outcome = await this.store.queue.commit(() => claimRun(this.#parts, claim));
    if (typeof outcome !== 'number') throw outcome;
    return outcome;
  }

  async claimNext(owner: Owner, { now, exclude = [] }: TurnLook): Promise<ClaimedRun | undefined> {
    const unwanted = JSON.stringify(exclude);
    const isAny = this.#read(() => this.#parts.turns().look(now, unwanted));
    if (!isAny) return undefined;
    return this.store.queue.commit(() => {
      this.#parts.turns().gather(now);
      return claimFirst(this.#parts, unwanted, () => this.#register(owner));
    });
  }

  nextWake(now: EpochMs): EpochMs | undefined {
    return this.#read(() => this.#parts.turns().nextWake(now));
  }

  async heartbeat(owner: Owner): Promise<void> {
    await this.store.queue.commit(() => {
      this.#statements.extendLease.run(this.#leaseEnd(), owner.instance);
      this.#statements.keepRuns.run(owner.instance);
    });
  }

  request(run: string, request: RunRequest): Promise<void> {
    return this.store.queue.commit(() => addRequest(this.#parts, run, request));
  }

  async sendSignal(signal: NewSignal): Promise<number> {
    const payload = payloadText(`The event "${signal.name}"`, signal.payload, maxStoredBytes);
    return this.store.queue.commit(() => {
      const target = signal.run === undefined ? undefined : openRun(this.#parts, signal.run);
      return this.#parts.signals().send(signal, payload, target && { n: target.n, root: target.root ?? target.n });
    });
  }

  signals(name: string, run: string, after: number, limit: number): readonly Signal[] {
    return this.#read(() => {
      const row = this.#statements.run.get(run);
      if (row === undefined) throw runNotFound(run);
      return this.#parts.signals().of(name, { n: row.n, root: row.root ?? row.n }, { after, limit });
    });
  }

  lastSignal(): number {
    return this.#read(() => this.#parts.signals().last());
  }

  takeRequests(owner: Owner): readonly TakenRequest[] {
    const { untakenRequests, takeRequest } = this.#statements;
    // Almost always there are none, and a look costs no lock and no wait for the disk.
    if (this.#read(() => untakenRequests.all(owner.instance)).length === 0) return [];
    const take = this.store.connection.transaction(() => {
      const rows = untakenRequests.all(owner.instance);
      for (const row of rows) takeRequest.run(row.n);
      return rows.map(({ n, run, body }) => ({ n, run, request: JSON.parse(body) as RunRequest }));
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
    return numbered(sql.addOwner.get(instance, host, pid, processStart, bootId, this.#leaseEnd()));
  }

  #leaseEnd(): number {
    return Math.trunc(this.#liveness.now()) + leaseMs;
  }
}

function isFull(error: unknown): error is RunnerError {
  return error instanceof RunnerError && error.code === 'STORAGE_FULL';
}

function unreadable(message: string): RunnerError {
  return new RunnerError('DEFINITION_UNREADABLE', message, {
    hint: 'Continue the run with the Runner version that began it.',
  });
}
