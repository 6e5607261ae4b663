import type { Clock, Journal, Ledger } from '../../engine/ports.ts';
import type { CountOrigin, NewRun, Owner, RunChange, RunFilter, RunRecord } from '../../model/run-records.ts';
import type { BudgetState } from '../../model/budgets.ts';
import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import type { RunRequest } from '../../model/requests.ts';
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
import { isFinal, type RunStatus } from '../../model/states.ts';
import type { EpochMs } from '../../model/time.ts';
import { irVersion, type Workflow } from '../../model/workflow.ts';
import { createMemoryLedger } from './ledger.ts';

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

interface StoredRun {
  readonly record: Omit<RunRecord, 'status' | 'owner' | 'epoch' | 'crashes' | 'endedAt'>;
  readonly events: RunEvent[];
  readonly requests: { readonly request: RunRequest; takenInEpoch: number | undefined }[];
  status: RunStatus;
  endedAt: EpochMs | undefined;
  epoch: number;
  crashes: number;
  owner: Owner | undefined;
  /** Number of events at the last claim. */
  claimedAfter: number;
}

class MemoryJournal implements Journal {
  readonly ledger: Ledger;
  readonly #options: MemoryJournalOptions;
  readonly #runs = new Map<string, StoredRun>();
  readonly #definitions = new Map<string, { readonly workflow: Workflow; readonly source: string }>();
  readonly #leaseEnds = new Map<string, EpochMs>();

  constructor(options: MemoryJournalOptions) {
    this.#options = options;
    this.ledger = options.ledger ?? createMemoryLedger();
  }

  async create(run: NewRun, owner: Owner, events: readonly RunEvent[]): Promise<void> {
    if (this.#runs.has(run.id)) throw runExists(run.id);
    const { id, workflow, source, inputs, startedAt, commit, environment, status } = run;
    if (!this.#definitions.has(workflow.hash)) this.#definitions.set(workflow.hash, copy({ workflow, source }));
    this.#runs.set(id, {
      record: copy({
        id,
        workflow: workflow.name,
        definition: workflow.hash,
        inputs,
        startedAt,
        ...(commit !== undefined && { commit }),
        ...(environment !== undefined && { environment }),
      }),
      events: [...copy(events)],
      requests: [],
      status,
      endedAt: isFinal(status) ? events.at(-1)?.at : undefined,
      epoch: 1,
      crashes: 0,
      owner: isFinal(status) ? undefined : owner,
      claimedAfter: 0,
    });
    this.#extendLease(owner);
    if (isFinal(status)) this.#forget(this.#run(run.id));
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
    run.events.push(...(refusal ? added.slice(0, -1) : added));
    this.#applyChange(run, change, events);
    return refusal;
  }

  events(id: string): readonly RunEvent[] {
    return copy(this.#runs.get(id)?.events ?? []);
  }

  find(id: string): RunRecord {
    const exact = this.#runs.get(id);
    if (exact !== undefined) return this.#shown(exact);
    const candidates = id === '' ? [] : [...this.#runs.keys()].filter((known) => known.includes(id)).toReversed();
    if (candidates.length > 1) throw runAmbiguous(id, candidates);
    return this.#shown(this.#run(candidates[0] ?? id));
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
    const decision = decideClaim({ status, crashes, holding: this.#holding(run), progressed }, options.force === true);
    if (decision.kind === 'refused') throw refusal(run, decision.because);
    run.crashes = decision.crashes;
    run.status = decision.status;
    run.epoch += 1;
    if (decision.kind === 'quarantine') {
      run.owner = undefined;
      throw runQuarantined(id, decision.crashes);
    }
    run.owner = owner;
    run.claimedAfter = run.events.length;
    this.#extendLease(owner);
    return run.epoch;
  }

  async heartbeat(owner: Owner): Promise<void> {
    if (this.#leaseEnds.has(owner.instance)) this.#extendLease(owner);
  }

  async request(id: string, request: RunRequest): Promise<void> {
    const run = this.#run(id);
    if (isFinal(run.status)) throw runFinal(id, run.status);
    run.requests.push({ request, takenInEpoch: undefined });
  }

  takeRequests(owner: Owner): readonly { readonly run: string; readonly request: RunRequest }[] {
    const owned = [...this.#runs.values()].filter((run) => run.owner?.instance === owner.instance);
    return owned.flatMap((run) =>
      run.requests
        .filter((entry) => entry.takenInEpoch !== run.epoch)
        .map((entry) => {
          entry.takenInEpoch = run.epoch;
          return { run: run.record.id, request: entry.request };
        }),
    );
  }

  async close(): Promise<void> {}

  #applyChange(run: StoredRun, { status = run.status, release }: RunChange, events: readonly RunEvent[]): void {
    run.status = status;
    if (isFinal(status)) {
      run.endedAt = events.at(-1)?.at;
      run.requests.length = 0;
    }
    if (isFinal(status) || release === true) {
      run.owner = undefined;
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
    const { record, epoch, crashes, owner, endedAt } = run;
    const status = shownStatus(run.status, this.#holding(run));
    return {
      ...record,
      status,
      epoch,
      crashes,
      ...(endedAt !== undefined && { endedAt }),
      ...(status === 'interrupted' && { leftAt: this.#leftAt(run) }),
      ...(owner && { owner }),
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

  #extendLease(owner: Owner): void {
    this.#leaseEnds.set(owner.instance, this.#options.clock.now() + leaseMs);
  }
}

function refusal(run: StoredRun, because: 'final' | 'owned' | 'quarantined'): RunnerError {
  const { id } = run.record;
  if (because === 'final') return runFinal(id, run.status);
  if (because === 'owned' && run.owner !== undefined) return runOwned(id, run.owner);
  return runQuarantined(id, run.crashes);
}

/** What is stored is not what the caller holds, as with a file. */
function copy<T>(value: T): T {
  return structuredClone(value);
}
