import type { RunOutcome } from '../engine/engine.ts';
import { RunnerError } from '../model/errors.ts';
import type { ClaimedRun, RunRecord } from '../model/run-records.ts';
import { isFinal } from '../model/states.ts';
import type { RunStatus } from '../model/states.ts';
import type { App } from './app.ts';
import type { ActiveRun } from './active-run.ts';
import { continueClaimed } from './continue-run.ts';
import { openEngineRoom } from './engine-room.ts';
import type { EngineRoom } from './engine-room.ts';

export interface WorkerOptions {
  /** Runs at once. */
  readonly concurrency: number;
  /** `once`: what can go on now; `drain`: until nothing is left that goes on without a person. */
  readonly until: 'stopped' | 'once' | 'drain';
  /** How long calls in flight may take once it is to stop. */
  readonly graceMs: number;
  /** Begins no run any more, and lets calls in flight end. */
  readonly stop: AbortSignal;
  readonly tell: (news: WorkerNews) => void;
}

export type WorkerNews =
  | { readonly kind: 'begun'; readonly run: RunRecord }
  | { readonly kind: 'ended'; readonly run: RunRecord; readonly outcome: RunOutcome; readonly tookMs: number }
  /** It waits, or needs a person, or was stopped, and nobody has it. */
  | { readonly kind: 'given_back'; readonly run: RunRecord; readonly status: RunStatus }
  /** It cannot go on in this process. */
  | { readonly kind: 'left'; readonly run: RunRecord; readonly fault: RunnerError }
  | { readonly kind: 'quarantined'; readonly run: RunRecord };

export interface WorkerSummary {
  readonly ended: number;
  readonly failed: number;
  readonly left: number;
  /** Runs in which a call was under way when the grace was over. */
  readonly cutOff: readonly string[];
}

/** How long an idle worker waits at most before it looks for work again: what others do is not told to it. */
const lookAgainMs = 250;
const lookForQuarantinedMs = 5_000;

/**
 * Drains the queue of a project: takes one run after another whose turn it is, and goes on with it until it ends or
 * only waits. One that cannot go on here does not keep the others from it.
 * @throws RunnerError WORKER_RUNNING, STORAGE_*
 */
export async function work(app: App, options: WorkerOptions): Promise<WorkerSummary> {
  const release = await takeRole(app);
  try {
    const room = await openEngineRoom(app);
    return await new Worker(app, room, options).work();
  } finally {
    release();
  }
}

async function takeRole({ configuration }: App): Promise<() => void> {
  const [{ takeExecutorLock }, { currentOwner, isOwnerAlive }] = await Promise.all([
    import('../adapters/sqlite/executor-lock.ts'),
    import('../adapters/system/owner.ts'),
  ]);
  const lock = await takeExecutorLock({ folder: configuration.home, owner: currentOwner(), isAlive: isOwnerAlive });
  if (lock.kind === 'held') return lock.release;
  const who = lock.owner === undefined ? 'Another process' : `Process ${lock.owner.pid} on ${lock.owner.host}`;
  throw new RunnerError('WORKER_RUNNING', `${who} drains the queue of this project already.`, {
    hint: 'Leave the work to it, or stop it first. Other commands work beside it.',
  });
}

class Worker {
  readonly #app: App;
  readonly #room: EngineRoom;
  readonly #options: WorkerOptions;
  readonly #active = new Map<string, ActiveRun | undefined>();
  /** Runs that cannot go on in this process. */
  readonly #left = new Set<string>();
  readonly #quarantined = new Set<string>();
  #lookedForQuarantined = Number.NEGATIVE_INFINITY;
  #failure: { readonly error: unknown } | undefined;
  #ended = 0;
  #failed = 0;
  #wakeUp: (() => void) | undefined;

  constructor(app: App, room: EngineRoom, options: WorkerOptions) {
    this.#app = app;
    this.#room = room;
    this.#options = options;
  }

  async work(): Promise<WorkerSummary> {
    const wake = (): void => this.#wakeUp?.();
    this.#options.stop.addEventListener('abort', wake);
    this.#noteQuarantined(false);
    while (!this.#options.stop.aborted && this.#failure === undefined) {
      if (this.#active.size < this.#options.concurrency && (await this.#takeOne())) continue;
      if (this.#active.size === 0 && this.#isDone()) break;
      await this.#rest();
    }
    const cutOff = await this.#settle();
    this.#options.stop.removeEventListener('abort', wake);
    if (this.#failure) throw this.#failure.error;
    return { ended: this.#ended, failed: this.#failed, left: this.#left.size, cutOff };
  }

  async #takeOne(): Promise<boolean> {
    const { journal, owner } = this.#room;
    const claimed = await journal.claimNext(owner, { now: this.#app.clock.now(), exclude: [...this.#left] });
    this.#noteQuarantined(true);
    if (claimed === undefined) return false;
    this.#active.set(claimed.run, undefined);
    void this.#carry(claimed)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#active.delete(claimed.run);
        this.#wakeUp?.();
      });
    return true;
  }

  async #carry(claimed: ClaimedRun): Promise<void> {
    const { tell } = this.#options;
    const run = this.#room.journal.find(claimed.run);
    const begunAt = this.#app.clock.now();
    const active = await this.#begin(claimed, run);
    if (active === undefined) return;
    tell({ kind: 'begun', run });
    this.#active.set(run.id, active);
    if (this.#options.stop.aborted) active.stop();
    const outcome = await active.done.catch((error: unknown) => {
      // Another process has it: its lease ran out here while this one was held up.
      if (error instanceof RunnerError && error.code === 'LEASE_LOST') return undefined;
      throw error;
    });
    if (outcome === undefined) return;
    if (!isFinal(outcome.status)) return tell({ kind: 'given_back', run, status: outcome.status });
    this.#ended += 1;
    if (outcome.status !== 'succeeded') this.#failed += 1;
    tell({ kind: 'ended', run, outcome, tookMs: Math.max(0, this.#app.clock.now() - begunAt) });
  }

  async #begin(claimed: ClaimedRun, run: RunRecord): Promise<ActiveRun | undefined> {
    try {
      return await continueClaimed(this.#app, this.#room, claimed);
    } catch (error) {
      if (!(error instanceof RunnerError) || isOfStorage(error)) throw error;
      this.#left.add(run.id);
      await this.#giveBack(claimed);
      this.#options.tell({ kind: 'left', run, fault: error });
      return undefined;
    }
  }

  /** As it was: one that has not begun is queued, any other interrupted. */
  async #giveBack({ run, epoch }: ClaimedRun): Promise<void> {
    const { journal } = this.#room;
    const hasBegun = journal.events(run).some(({ type }) => type !== 'run.started');
    const status = hasBegun ? 'interrupted' : 'queued';
    await journal.append(run, epoch, [], { status, release: true });
  }

  #isDone(): boolean {
    const { until } = this.#options;
    if (until === 'stopped') return false;
    // What was left here is ready for others, and must not keep this process waiting.
    return until === 'once' || this.#left.size > 0 || this.#room.journal.nextWake(this.#app.clock.now()) === undefined;
  }

  /** Until a run has ended, or it is time to look again. */
  async #rest(): Promise<void> {
    const { stop, concurrency } = this.#options;
    if (stop.aborted) return;
    const isFull = this.#active.size >= concurrency;
    await new Promise<void>((resolve) => {
      const timer = isFull ? undefined : setTimeout(resolve, lookAgainMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = undefined;
  }

  /** @returns runs in which a call is still under way when the grace is over */
  async #settle(): Promise<readonly string[]> {
    for (const run of this.#active.values()) run?.stop();
    const givenUpAt = performance.now() + this.#options.graceMs;
    while (this.#active.size > 0 && performance.now() < givenUpAt) await this.#restFor(givenUpAt - performance.now());
    return [...this.#active.keys()];
  }

  async #restFor(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A run that killed its processes is told once, and loudly: nobody else will. */
  #noteQuarantined(isTold: boolean): void {
    const now = performance.now();
    if (isTold && now - this.#lookedForQuarantined < lookForQuarantinedMs) return;
    this.#lookedForQuarantined = now;
    for (const run of this.#room.journal.list({ statuses: ['quarantined'], limit: 100 })) {
      if (this.#quarantined.has(run.id)) continue;
      this.#quarantined.add(run.id);
      this.#options.tell({ kind: 'quarantined', run });
    }
  }
}

function isOfStorage({ code }: RunnerError): boolean {
  return code.startsWith('STORAGE_') || code === 'INTERNAL';
}
