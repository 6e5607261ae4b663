import type { BreakerStore, KeptCircuit, LimitAnswer, LimitsHeld, LimitStore, LimitWant } from '../../engine/ports.ts';
import type { Owner } from '../../model/run-records.ts';
import type { Circuit } from '../../model/circuits.ts';
import type { EpochMs } from '../../model/time.ts';
import { DisposableStore } from './disposable-store.ts';
import { countSlots, limitsMigrations, limitsSpec, prepareLimits, type LimitStatements } from './limits-schema.ts';
import { connect, type Connection } from './native.ts';
import { ReturnedSlots } from './returned-slots.ts';
import { SlotCounts } from './slot-counts.ts';

export interface LimitsOptions {
  /** Where the file `limits.db` is, or is created with its first use. */
  readonly folder: string;
  /** The process that takes slots. */
  readonly owner: Owner;
  /** False only when a process is surely dead. */
  readonly isAlive: (owner: Owner) => boolean;
  readonly now: () => EpochMs;
}

/** Limits and circuit breakers of a project, in one file that every process of it uses. */
export interface LimitsFile {
  readonly limits: LimitStore;
  readonly breakers: BreakerStore;
  /** The last fault that kept the file from being used; undefined while all is well. */
  health(): string | undefined;
  close(): void;
}

/** Opens nothing before the first use. A damaged file is set aside and begun anew. */
export function openLimits(options: LimitsOptions): LimitsFile {
  const file = new SharedFile(options);
  const limits = new SqliteLimits(file, options);
  return {
    limits,
    breakers: openBreakers(file),
    health: () => file.health(),
    close: () => {
      limits.flush();
      file.close();
    },
  };
}

/** Ids of the stand-in are above it, so that none is taken for one of the file. */
const standInIds = 2 ** 50;

/** The file, and a stand-in in memory while it is of no use: then this process at least keeps to its own limits. */
class SharedFile {
  readonly #store: DisposableStore<LimitStatements>;
  #standIn: { readonly connection: Connection; readonly statements: LimitStatements } | undefined;

  constructor({ folder, now }: LimitsOptions) {
    this.#store = new DisposableStore(limitsSpec(folder), prepareLimits, now);
  }

  read<T>(action: (sql: LimitStatements) => T): T {
    const used = this.#store.use(action);
    return used.ok ? used.value : action(this.#inMemory());
  }

  write<T>(action: (sql: LimitStatements) => T): T {
    const used = this.#store.write(action);
    return used.ok ? used.value : action(this.#inMemory());
  }

  /** Writes where an id is from. */
  writeWhere(id: number, action: (sql: LimitStatements) => void): void {
    if (id > standInIds) action(this.#inMemory());
    else this.tidy(action);
  }

  /** Gives back to the file. In one that cannot be written now, what is there stays until its lease is over. */
  tidy(action: (sql: LimitStatements) => void): void {
    this.#store.write(action);
  }

  exists(): boolean {
    return this.#store.exists();
  }

  health(): string | undefined {
    return this.#store.health();
  }

  close(): void {
    this.#store.close();
    this.#standIn?.connection.close();
    this.#standIn = undefined;
  }

  #inMemory(): LimitStatements {
    if (this.#standIn) return this.#standIn.statements;
    const connection = connect(':memory:', 0);
    for (const sql of limitsMigrations) connection.exec(sql);
    for (const table of ['slots', 'places']) {
      connection.prepare('INSERT INTO sqlite_sequence VALUES (?, ?)').run(table, standInIds);
    }
    const statements = prepareLimits(connection, standInIds);
    this.#standIn = { connection, statements };
    return statements;
  }
}

/** Further ahead than this no clock of this machine is by chance: the time was set back. */
const clockToleranceMs = 5_000;
const placeLostMs = 2_000;
const placeSeenEveryMs = 500;
/** A lease that ends a little earlier or later is as good, and spares a change of the file. */
const leaseToleranceMs = 1_000;
/** Looking whether processes live costs more than the rest. */
const ownersSeenEveryMs = 250;

/** When a slot is asked for, and with which place in line. */
interface Asking {
  readonly now: EpochMs;
  readonly ticket: number | undefined;
}

class SqliteLimits implements LimitStore {
  readonly #file: SharedFile;
  readonly #owner: string;
  readonly #isAlive: (owner: Owner) => boolean;
  readonly #lookedAt = new Map<string, EpochMs>();
  /** Slots of the file that calls of this process hold, by id. */
  readonly #keys = new Map<number, string>();
  readonly #returned: ReturnedSlots;
  readonly #counts = new SlotCounts();

  constructor(file: SharedFile, { owner, isAlive }: LimitsOptions) {
    this.#file = file;
    this.#returned = new ReturnedSlots((ids) => {
      this.#counts.forget();
      file.tidy((sql) => ids.forEach((id) => sql.removeSlot.run(id)));
    });
    this.#owner = JSON.stringify(owner);
    this.#isAlive = isAlive;
  }

  take(want: LimitWant, now: EpochMs): LimitAnswer {
    const answer = this.#file.write((sql) => this.#take(sql, want, now));
    if (answer.kind === 'granted' && answer.slot !== undefined && want.slot !== undefined) {
      this.#returned.take(answer.slot);
      this.#keys.set(answer.slot, want.slot.key);
    }
    return answer;
  }

  giveBack({ turn, slot, ticket }: LimitsHeld): void {
    if (slot !== undefined) this.#giveBackSlot(slot);
    if (ticket !== undefined) this.#file.writeWhere(ticket, (sql) => this.#leaveLine(sql, ticket));
    if (turn === undefined) return;
    this.#file.writeWhere(turn, (sql) => {
      const removed = sql.removeTurn.get(turn);
      // Who waits keeps the time that was promised; whoever asks next has the gap.
      if (removed) sql.moveUp.run(removed.key, removed.n);
    });
  }

  /** Writes what is given back and not taken over. */
  flush(): void {
    this.#returned.flush();
  }

  #giveBackSlot(slot: number): void {
    const key = this.#keys.get(slot);
    this.#keys.delete(slot);
    if (key !== undefined && slot <= standInIds) {
      this.#returned.add(slot, key);
      return;
    }
    this.#counts.forget();
    this.#file.writeWhere(slot, (sql) => sql.removeSlot.run(slot));
  }

  #leaveLine(sql: LimitStatements, ticket: number): void {
    this.#counts.forget();
    sql.removePlace.run(ticket);
  }

  #take(sql: LimitStatements, want: LimitWant, now: EpochMs): LimitAnswer {
    const { turn: rate, slot: concurrency, latest, ticket } = want;
    const free = concurrency && this.#freeSlot(sql, concurrency, { now, ticket });
    if (concurrency && free === undefined) {
      return { kind: 'full', ticket: place(sql, concurrency.key, { now, ticket }) };
    }
    const due = rate && dueOf(sql, rate, now);
    if (due !== undefined && due.at > (latest ?? Number.POSITIVE_INFINITY)) return { kind: 'too_late', due: due.at };
    if (ticket !== undefined) this.#leaveLine(sql, ticket);
    const turn = rate && due && addTurn(sql, { ...due, key: rate.key, now });
    if (turn !== undefined && due !== undefined && due.at > now) return { kind: 'later', turn, due: due.at };
    const slot = free === 'new' ? concurrency && addSlot(sql, concurrency, { owner: this.#owner, now }) : free;
    return { kind: 'granted', ...(turn === undefined ? {} : { turn }), ...(slot === undefined ? {} : { slot }) };
  }

  /** A slot for who has this place in line, or none: one that this process has just given back, or a new one. */
  #freeSlot(
    sql: LimitStatements,
    { key, max, leaseMs }: NonNullable<LimitWant['slot']>,
    { now, ticket }: Asking,
  ): number | 'new' | undefined {
    const spare = this.#returned.spare(key);
    if (spare === undefined) return this.#newSlot(sql, { key, max }, { now, ticket });
    const { taken, lease_until } =
      ticket === undefined ? this.#counts.of(sql, key, spare) : countSlots(sql, key, { slot: spare, ticket });
    const until = now + leaseMs;
    const isKept = lease_until !== null && taken <= max;
    if (isKept && Math.abs(until - lease_until) < leaseToleranceMs) return spare;
    this.#counts.forget();
    if (isKept) {
      sql.keepSlot.run(until, spare);
      return spare;
    }
    for (const id of this.#returned.all(key)) sql.removeSlot.run(id);
    return this.#newSlot(sql, { key, max }, { now, ticket });
  }

  #newSlot(
    sql: LimitStatements,
    { key, max }: { readonly key: string; readonly max: number },
    { now, ticket }: Asking,
  ): 'new' | undefined {
    const isLeft = (): boolean => countSlots(sql, key, { ticket }).taken < max;
    this.#counts.forget();
    if (isLeft()) return 'new';
    sql.removeLostPlaces.run(key, now - placeLostMs, now + placeLostMs);
    this.#freeAbandoned(sql, key, now);
    return isLeft() ? 'new' : undefined;
  }

  #freeAbandoned(sql: LimitStatements, key: string, now: EpochMs): void {
    const isSeen = now - (this.#lookedAt.get(key) ?? Number.NEGATIVE_INFINITY) < ownersSeenEveryMs;
    if (!isSeen) this.#lookedAt.set(key, now);
    for (const { id, owner, lease_until } of sql.slots.all(key)) {
      const isAbandoned = lease_until < now || (!isSeen && !this.#isAlive(JSON.parse(owner) as Owner));
      if (isAbandoned) sql.removeSlot.run(id);
    }
  }
}

function addTurn(
  sql: LimitStatements,
  { key, n, at, now }: { readonly key: string; readonly n: number; readonly at: EpochMs; readonly now: EpochMs },
): number {
  const id = sql.newTurnId();
  sql.addTurn.run(key, n, id, at, now);
  return id;
}

function addSlot(
  sql: LimitStatements,
  { key, leaseMs }: NonNullable<LimitWant['slot']>,
  { owner, now }: { readonly owner: string; readonly now: EpochMs },
): number | undefined {
  return sql.addSlot.get(key, owner, now + leaseMs);
}

/** The next turn: at once, or when the turn `max` turns before it has left the window. */
function dueOf(
  sql: LimitStatements,
  { key, max, perMs }: NonNullable<LimitWant['turn']>,
  now: EpochMs,
): { readonly n: number; readonly at: EpochMs } {
  const last = sql.lastTurn.get(max - 1, key);
  if (last === undefined) return { n: 1, at: now };
  if (last.taken_at > now + clockToleranceMs) {
    sql.forgetAllTurns.run(key);
    return { n: 1, at: now };
  }
  const n = last.n + 1;
  if (last.leaving_at === null) return { n, at: now };
  sql.forgetTurns.run(key, n - max, now - perMs);
  return { n, at: Math.max(now, Math.ceil(last.leaving_at + perMs)) };
}

/** Keeps the place in line, or takes one at its end. */
function place(
  sql: LimitStatements,
  key: string,
  { now, ticket }: { readonly now: EpochMs; readonly ticket: number | undefined },
): number {
  const seenAt = ticket === undefined ? undefined : sql.placeSeenAt.get(ticket);
  if (ticket === undefined || seenAt === undefined) return sql.addPlace.get(key, now) ?? 0;
  if (Math.abs(now - seenAt) >= placeSeenEveryMs) sql.seePlace.run(now, ticket);
  return ticket;
}

function openBreakers(file: SharedFile): BreakerStore {
  return {
    load: (key) => (file.exists() ? file.read((sql) => parse(sql.circuit.get(key))) : undefined),
    update: (key, change) =>
      file.write((sql) => {
        const before = parse(sql.circuit.get(key));
        const after = change(before);
        if (after === before) return;
        if (after === undefined) sql.removeCircuit.run(key);
        else sql.saveCircuit.run(key, JSON.stringify(after));
      }),
    list: () => (file.exists() ? file.read((sql) => sql.circuits.all().map(toKept)) : []),
  };
}

function parse(text: string | undefined): Circuit | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Circuit);
}

function toKept({ key, circuit }: { readonly key: string; readonly circuit: string }): KeptCircuit {
  return { key, circuit: JSON.parse(circuit) as Circuit };
}
