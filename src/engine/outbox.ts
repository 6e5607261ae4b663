import { budgetExceeded } from '../model/budgets.ts';
import type { RunEvent } from '../model/events.ts';
import type { Parking } from '../model/requests.ts';
import type { RunStatus } from '../model/states.ts';
import type { Completion, Decision } from './core/operations.ts';
import { countsOf, isBudgeted } from './counts.ts';
import { joined, withoutIntent } from './decisions.ts';
import type { DriverParts } from './parts.ts';

export interface OutboxParts extends Pick<DriverParts, 'journal' | 'clock' | 'space'> {
  readonly run: string;
  /** Of the run, after all that has been decided. */
  readonly status: () => RunStatus;
  /** Before a commit: a crash right after it must not leave what the recorded events have made stale. */
  readonly before: (decision: Decision) => void;
  /** What was committed. */
  readonly tell: (decision: Decision) => void;
  /** A decision is durable: its operation may begin, or is answered already, where its budget has nothing left. */
  readonly stored: (decision: Decision, refusal: Completion | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** What is stored with the end of a lease. */
export interface LastWord {
  readonly events?: readonly RunEvent[];
  readonly parking?: Parking;
  /** Numbers of requests that nobody has to deal with any more. */
  readonly settled?: readonly number[];
}

/**
 * Stores decisions in order. Those that are made while the disk is waited for are stored together with the next commit,
 * so that many branches of a run cost few waits.
 */
export class Outbox {
  private readonly parts: OutboxParts;
  private waiting: Decision[] = [];
  private isStoring = false;
  epoch = 0;
  /** As the journal has it. */
  status: RunStatus = 'running';

  constructor(parts: OutboxParts) {
    this.parts = parts;
  }

  /** True while something that was decided is not durable. */
  get isBusy(): boolean {
    return this.isStoring || this.waiting.length > 0;
  }

  push(decision: Decision): void {
    this.waiting.push(decision);
    if (!this.isStoring) void this.storeAll();
  }

  /** Leaves the run: gives the lease back with its last word. Only while nothing is under way. */
  async release(status: RunStatus, { events = [], parking, settled = [] }: LastWord = {}): Promise<void> {
    const known = { ...(parking ? { parking } : {}), ...(settled.length > 0 ? { settled } : {}) };
    const change = { status, release: true, ...known };
    await this.parts.journal.append(this.parts.run, this.epoch, events, change);
    this.status = status;
  }

  private async storeAll(): Promise<void> {
    this.isStoring = true;
    try {
      while (this.waiting.length > 0) {
        const batch = this.nextBatch();
        const refusal = await this.store(batch.reduce(joined));
        for (const decision of batch) this.parts.stored(decision, decision === batch.at(-1) ? refusal : undefined);
      }
    } catch (error) {
      this.parts.failed(error);
    } finally {
      this.isStoring = false;
    }
  }

  /** Up to the first intent that its budget may refuse: it must be the last event of its commit. */
  private nextBatch(): readonly Decision[] {
    const cut = this.waiting.findIndex(isBudgeted) + 1;
    const batch = this.waiting.splice(0, cut === 0 ? this.waiting.length : cut);
    return batch;
  }

  /** @returns the answer to the decision's operation, where its budget has nothing left for it */
  private async store(decision: Decision): Promise<Completion | undefined> {
    const { journal, clock, space, run, before, tell } = this.parts;
    before(decision);
    const status = decision.end ? decision.end.status : this.parts.status();
    const isChanged = status !== this.status;
    this.status = status;
    const counts = countsOf(decision, space);
    const { stateChanges: state, settledRequests: settled } = decision;
    if (decision.events.length === 0 && !isChanged && state.length === 0 && settled.length === 0) {
      tell(decision);
      return undefined;
    }
    const change = {
      ...(isChanged ? { status, release: decision.end !== undefined } : {}),
      ...(counts ? { counts } : {}),
      ...(state.length > 0 ? { state } : {}),
      ...(settled.length > 0 ? { settled } : {}),
    };
    const spent = await journal.append(run, this.epoch, decision.events, change);
    tell(spent ? withoutIntent(decision) : decision);
    if (!spent) return undefined;
    return {
      kind: 'attempt',
      result: { ok: false, fault: budgetExceeded(spent, clock.now()) },
      durationMs: 0,
    };
  }
}
