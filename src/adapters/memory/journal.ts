import type { Clock, Journal, Ledger, TurnLook } from '../../engine/ports.ts';
import type {
  ClaimedRun,
  CountOrigin,
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
import {
  decideClaim,
  leaseLost,
  leaseMs,
  progressEvents,
  runAmbiguous,
  runExists,
  runFinal,
  runNotFound,
  runOwned,
  runQuarantined,
  shownStatus,
  type Holding,
} from '../../model/ownership.ts';
import { admit, maxQueued, queueFull, runConflict, type Admission } from '../../model/queueing.ts';
import { isFinal } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import { irVersion, type Workflow } from '../../model/workflow.ts';
import { createMemoryLedger } from './ledger.ts';
import { MemorySignals } from './signals.ts';
import { MemoryState } from './state.ts';
import { hasRoom, isCancelled, membersOf, type StoredRun, type StoredRuns } from './stored-run.ts';
import { runsToGoOn } from './turns.ts';

export interface MemoryJournalOptions {
  /** False only when the process is surely dead. */
  readonly isAlive: (owner: Owner) => boolean;
  readonly clock: Pick<Clock, 'now'>;
  /** True: a run that has ended, or that nobody owns any more, leaves nothing behind. */
  readonly forgetsEnded?: boolean;
  /** Budgets and costs that outlive it; absent: its own. */
  readonly ledger?: Ledger;
}

/** A journal that lives as long as this process: for single calls, simulations and tests. */
export function createMemoryJournal(options: MemoryJournalOptions): Journal {
  return new MemoryJournal(options);
}

class MemoryJournal implements Journal {
  readonly ledger: Ledger;
  readonly state = new MemoryState(() => this.#options.clock.now());
  readonly #signals = new MemorySignals();
  readonly #options: MemoryJournalOptions;
  readonly #runs = new Map<string, StoredRun>();
  readonly #stored: StoredRuns = { all: this.#runs, holdingOf: (run) => this.#holding(run) };
  #created = 0;
  #requested = 0;
  readonly #definitions = new Map<string, { readonly workflow: Workflow; readonly source: string }>();
  readonly #leaseEnds = new Map<string, EpochMs>();

  constructor(options: MemoryJournalOptions) {
    this.#options = options;
    this.ledger = options.ledger ?? createMemoryLedger();
  }

  async create(run: NewRun, owner: Owner | undefined, events: readonly RunEvent[]): Promise<Creation> {
    const known = [...this.#runs.values()].find((other) => hasSameKey(other, run));
    if (known !== undefined) return { kind: 'known', run: known.record.id };
    if (this.#runs.has(run.id)) throw runExists(run.id);
    if (run.parent !== undefined) this.#run(run.parent);
    const { hasRoom: isRoom, behind, toCancel } = this.#admit(run);
    const status = isRoom ? run.status : 'queued';
    if (status === 'queued') this.#refuseFullQueue(run.workflow.name);
    for (const id of toCancel) await this.request(id, { kind: 'cancel', by: `run ${run.id}` });
    if (!this.#definitions.has(run.workflow.hash)) {
      this.#definitions.set(run.workflow.hash, copy({ workflow: run.workflow, source: run.source }));
    }
    const holder = isFinal(status) || status === 'queued' ? undefined : owner;
    this.#store({ ...run, status }, holder, events);
    if (holder !== undefined) this.#extendLease(holder);
    if (isFinal(status)) this.#forget(this.#run(run.id));
    return isRoom ? { kind: 'created' } : { kind: 'queued', behind };
  }

  #store(run: NewRun, owner: Owner | undefined, events: readonly RunEvent[]): void {
    this.#created += 1;
    this.#runs.set(run.id, {
      record: copy(this.#recordOf(run)),
      n: this.#created,
      group: run.group,
      events: [...copy(events)],
      requests: [],
      status: run.status,
      endedAt: isFinal(run.status) ? events.at(-1)?.at : undefined,
      epoch: 1,
      crashes: 0,
      owner,
      claimedAfter: 0,
      parking: undefined,
      seen: new Map(),
    });
  }

  #recordOf(run: NewRun): StoredRun['record'] {
    const { id, workflow, inputs, startedAt, commit, environment, parent, priority = 0, runKey } = run;
    return {
      id,
      workflow: workflow.name,
      definition: workflow.hash,
      inputs,
      startedAt,
      root: parent === undefined ? id : this.#run(parent).record.root,
      priority,
      ...(commit !== undefined && { commit }),
      ...(environment !== undefined && { environment }),
      ...(parent !== undefined && { parent }),
      ...(runKey !== undefined && { runKey }),
    };
  }

  #admit({ id, group }: NewRun): Admission {
    if (group === undefined) return { hasRoom: true, behind: [], toCancel: [] };
    const open = membersOf(this.#stored, group.key).map((member) => ({
      id: member.record.id,
      isQueued: member.status === 'queued',
      isCancelled: isCancelled(member),
    }));
    return admit(id, group, open);
  }

  #refuseFullQueue(workflow: string): void {
    const queued = [...this.#runs.values()].filter(
      (run) => run.status === 'queued' && run.record.workflow === workflow,
    );
    if (queued.length >= maxQueued) throw queueFull(workflow);
  }

  async append(
    id: string,
    epoch: number,
    events: readonly RunEvent[],
    change: RunChange = {},
  ): Promise<BudgetState | undefined> {
    const run = this.#run(id);
    if (isFinal(run.status)) throw runFinal(id, run.status);
    if (run.epoch !== epoch || run.owner === undefined) throw leaseLost(id, epoch);
    const added = copy(events);
    const refusal = change.counts && (await this.ledger.count(change.counts, this.#originOf(run)));
    this.state.change(change.state ?? [], this.#options.clock.now());
    run.events.push(...(refusal ? added.slice(0, -1) : added));
    run.requests = run.requests.filter(({ n }) => change.settled?.includes(n) !== true);
    this.#applyChange(run, change, events);
    return refusal;
  }

  events(id: string): readonly RunEvent[] {
    return copy(this.#runs.get(id)?.events ?? []);
  }

  *read(id: string): Iterable<RunEvent> {
    yield* this.events(id);
  }

  find(id: string): RunRecord {
    const exact = this.#runs.get(id);
    if (exact !== undefined) return this.#shown(exact);
    const candidates = id === '' ? [] : this.#like(id).toReversed();
    if (candidates.length > 1) throw runAmbiguous(id, candidates);
    return this.#shown(this.#run(candidates[0] ?? id));
  }

  /** A part of a run's id is part of its children's ids too, and means the run. */
  #like(part: string): readonly string[] {
    return [...this.#runs.values()]
      .filter(({ record }) => record.id.includes(part) && record.parent?.includes(part) !== true)
      .map(({ record }) => record.id);
  }

  list({ workflow, statuses, startedAfter, environment, limit }: RunFilter): readonly RunRecord[] {
    return [...this.#runs.values()]
      .toReversed()
      .map((run) => this.#shown(run))
      .filter((run) => workflow === undefined || run.workflow === workflow)
      .filter((run) => statuses === undefined || statuses.includes(run.status))
      .filter((run) => environment === undefined || run.environment === environment)
      .filter((run) => startedAfter === undefined || run.startedAt > startedAfter)
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .slice(0, limit);
  }

  definition(hash: string): { readonly workflow: Workflow; readonly source: string } {
    const known = this.#definitions.get(hash);
    if (known === undefined) throw new RunnerError('DEFINITION_UNREADABLE', `The definition ${hash} is not known.`);
    if (known.workflow.irVersion > irVersion) {
      throw new RunnerError('DEFINITION_UNREADABLE', 'The run was started by a newer Runner.');
    }
    return known;
  }

  async claim(id: string, owner: Owner, options: { readonly force?: boolean } = {}): Promise<number> {
    const run = this.#run(id);
    const progressed = run.events.slice(run.claimedAfter).some(({ type }) => progressEvents.includes(type));
    const { status, crashes } = run;
    const standing = { holding: this.#holding(run), progressed, hasRoom: hasRoom(this.#stored, run) };
    const decision = decideClaim({ status, crashes, ...standing }, options.force === true);
    if (decision.kind === 'refused') throw this.#refusal(run, decision.because);
    run.crashes = decision.crashes;
    run.status = decision.status;
    run.epoch += 1;
    if (decision.kind === 'quarantine') {
      run.owner = undefined;
      throw runQuarantined(id, decision.crashes);
    }
    run.owner = owner;
    run.parking = undefined;
    run.claimedAfter = run.events.length;
    this.#extendLease(owner);
    return run.epoch;
  }

  async claimNext(owner: Owner, { now, exclude = [] }: TurnLook): Promise<ClaimedRun | undefined> {
    const wanted = this.#runsToGoOn(now).filter(({ record }) => !exclude.includes(record.id));
    for (const run of wanted) {
      const { id } = run.record;
      try {
        const force = run.status === 'queued' && isCancelled(run);
        return { run: id, epoch: await this.claim(id, owner, { force }) };
      } catch (error) {
        if (!(error instanceof RunnerError) || error.code !== 'RUN_QUARANTINED') throw error;
      }
    }
    return undefined;
  }

  nextWake(now: EpochMs): EpochMs | undefined {
    if (this.#runsToGoOn(now).length > 0) return now;
    const runs = [...this.#runs.values()];
    const timers = runs.filter(({ record }) => record.parent === undefined).map(({ parking }) => parking?.wakeAt);
    const leases = runs.map(({ owner }) => owner && this.#leaseEnds.get(owner.instance));
    const times = [...timers, ...leases].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #runsToGoOn(now: EpochMs): readonly StoredRun[] {
    return runsToGoOn(this.#stored, now, (run, name, seen) => this.#signals.has(run, name, seen));
  }

  async heartbeat(owner: Owner): Promise<void> {
    if (this.#leaseEnds.has(owner.instance)) this.#extendLease(owner);
  }

  async request(id: string, request: RunRequest): Promise<void> {
    const run = this.#run(id);
    if (isFinal(run.status)) throw runFinal(id, run.status);
    this.#requested += 1;
    run.requests.push({ n: this.#requested, request: copy(request), takenInEpoch: undefined });
  }

  takeRequests(owner: Owner): readonly TakenRequest[] {
    const owned = [...this.#runs.values()].filter((run) => run.owner?.instance === owner.instance);
    return owned.flatMap((run) =>
      run.requests
        .filter((entry) => entry.takenInEpoch !== run.epoch)
        .map((entry) => {
          entry.takenInEpoch = run.epoch;
          return { n: entry.n, run: run.record.id, request: entry.request };
        }),
    );
  }

  async sendSignal(signal: NewSignal): Promise<number> {
    const target = signal.run === undefined ? undefined : this.#run(signal.run);
    if (target && isFinal(target.status)) throw runFinal(target.record.id, target.status);
    return this.#signals.send(signal, target?.record.root, this.#options.clock.now());
  }

  signals(name: string, id: string, after: number, limit: number): readonly Signal[] {
    const run = this.#run(id);
    const outermost = this.#run(run.record.root);
    const found = this.#signals.of(name, { run, outermost }, this.#options.clock.now());
    return copy(found.filter(({ n }) => n > after).slice(0, limit));
  }

  lastSignal(): number {
    return this.#signals.last;
  }

  async close(): Promise<void> {}

  #applyChange(
    run: StoredRun,
    { status = run.status, release, parking }: RunChange,
    events: readonly RunEvent[],
  ): void {
    run.status = status;
    if (isFinal(status)) {
      run.endedAt = events.at(-1)?.at;
      run.requests.length = 0;
    }
    if (isFinal(status) || release === true) {
      run.owner = undefined;
      run.parking = isFinal(status) ? undefined : copy(parking);
      run.seen = new Map(run.parking?.events.map((name) => [name, run.parking?.seen ?? 0]));
      this.#forget(run);
    }
  }

  #originOf({ record }: StoredRun): CountOrigin {
    return { run: record.id, workflow: record.workflow, isKept: this.#options.forgetsEnded !== true };
  }

  #forget({ record }: StoredRun): void {
    if (this.#options.forgetsEnded !== true) return;
    this.#runs.delete(record.id);
    this.#definitions.delete(record.definition);
  }

  #run(id: string): StoredRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw runNotFound(id);
    return run;
  }

  #shown(run: StoredRun): RunRecord {
    const { record, epoch, crashes, owner, endedAt, parking } = run;
    const status = shownStatus(run.status, this.#holding(run));
    return {
      ...record,
      status,
      epoch,
      crashes,
      ...(endedAt !== undefined && { endedAt }),
      ...(status === 'interrupted' && { leftAt: this.#leftAt(run) }),
      ...(owner && { owner }),
      ...(parking?.wakeAt !== undefined && { wakeAt: parking.wakeAt }),
    };
  }

  #leftAt({ record, events, owner }: StoredRun): EpochMs {
    const lastEvent = events.at(-1)?.at ?? record.startedAt;
    const leaseEnd = owner && this.#leaseEnds.get(owner.instance);
    return leaseEnd === undefined ? lastEvent : Math.max(lastEvent, leaseEnd - leaseMs);
  }

  #holding({ owner }: StoredRun): Holding {
    if (owner === undefined) return 'free';
    const leaseEnd = this.#leaseEnds.get(owner.instance) ?? 0;
    return leaseEnd > this.#options.clock.now() && this.#options.isAlive(owner) ? 'held' : 'abandoned';
  }

  #refusal(run: StoredRun, because: 'final' | 'owned' | 'quarantined' | 'no_room'): RunnerError {
    const { id } = run.record;
    if (because === 'final') return runFinal(id, run.status);
    if (because === 'owned' && run.owner !== undefined) return runOwned(id, run.owner);
    if (because !== 'no_room' || run.group === undefined) return runQuarantined(id, run.crashes);
    const inTheWay = membersOf(this.#stored, run.group.key).filter(({ status }) => status !== 'queued');
    return runConflict(
      id,
      run.group,
      inTheWay.map(({ record }) => record.id),
    );
  }

  #extendLease(owner: Owner): void {
    this.#leaseEnds.set(owner.instance, this.#options.clock.now() + leaseMs);
  }
}

function hasSameKey({ record }: StoredRun, { workflow, runKey }: NewRun): boolean {
  return runKey !== undefined && record.runKey === runKey && record.workflow === workflow.name;
}

/** What is stored is not what the caller holds, as with a file. */
function copy<T>(value: T): T {
  return structuredClone(value);
}
