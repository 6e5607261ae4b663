import { RunnerError } from '../model/errors.ts';
import type { RunEvent, RunStarted } from '../model/events.ts';
import type { EpochMs } from '../model/time.ts';
import type { Json } from '../model/json.ts';
import { stepKeyOf } from '../model/keys.ts';
import { hiddenOf, shownInputs } from '../model/sensitive.ts';
import type { Workflow } from '../model/workflow.ts';
import type { RunFacts } from './core/run-state.ts';
import { handlesOf } from './core/handles.ts';
import { runChildren } from './children.ts';
import { runDeadline } from './core/run-deadline.ts';
import { countsOf } from './counts.ts';
import { RunDriver, type FirstCommit } from './driver.ts';
import type { DriverParts, EngineParts, RunHandle, StartRequest } from './parts.ts';
import type { CallContext, CallProgress } from './ports.ts';
import { Admissions } from './policies/admission.ts';
import { Attempts } from './policies/attempt.ts';
import { Places } from './policies/places.ts';
import { Signals, type SignalSource } from './signals.ts';
import { Flights } from './single-flight.ts';

export type { EngineParts, RunHandle, RunOutcome, StartRequest } from './parts.ts';

export interface Resolution {
  readonly step: string;
  readonly as: 'done' | 'failed' | 'retry';
  readonly output?: Json;
  readonly by: string;
}

export type EventListener = (run: string, events: readonly RunEvent[]) => void;

/** Is told how far the call of a step has come, by its far side. Nothing of this is journalled. */
export type ProgressListener = (run: string, step: string, progress: CallProgress) => void;

/** Runs workflows: starts them, continues them from the journal, and carries out requests of other processes. */
export class Engine {
  private readonly parts: DriverParts;
  private readonly active = new Map<string, RunDriver>();
  private readonly listeners = new Set<EventListener>();
  private readonly progressListeners = new Set<ProgressListener>();
  private heartbeat: NodeJS.Timeout | undefined;
  private requests: NodeJS.Timeout | undefined;

  constructor(parts: EngineParts) {
    const notify = (run: string, events: readonly RunEvent[]): void => {
      for (const listener of this.listeners) listener(run, events);
    };
    const attempts = new Attempts({ ...parts, reporter: (run, step) => this.reporter(run, step) });
    this.parts = {
      ...parts,
      admissions: new Admissions(parts),
      attempts,
      flights: new Flights(),
      places: new Places(parts.inFlight),
      signals: new Signals(parts.signalSource ?? noSignals, parts.clock),
      children: runChildren(this, parts.journal),
      notify,
    };
  }

  /** Tells a listener what is recorded, right after it is durable. @returns a function that ends it */
  onEvents(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells a listener of the progress of calls, from those on that begin now. @returns a function that ends it */
  onProgress(listener: ProgressListener): () => void {
    this.progressListeners.add(listener);
    return () => this.progressListeners.delete(listener);
  }

  private reporter(run: string, step: string): CallContext['report'] {
    const listeners = this.progressListeners;
    if (listeners.size === 0) return undefined;
    return (progress) => {
      for (const listener of listeners) listener(run, step, progress);
    };
  }

  /** Starts a run; it is durable when the promise resolves. */
  async start(request: StartRequest): Promise<RunHandle> {
    const { id, workflow, source, inputs, options, commit, kept = [], parent } = request;
    const startedAt = this.parts.clock.now();
    const known = commit === undefined ? {} : { commit };
    const started = this.startedEvent(request, startedAt);
    const first = [started, ...kept];
    const driver = new RunDriver(this.parts, this.factsOf({ id, workflow, commit }, first), first);
    return this.launch(driver, id, async ({ events }, status) => {
      const { environment } = options;
      const place = environment === undefined ? {} : { environment };
      const shown = shownInputs(inputs, hiddenOf(workflow));
      const above = parent ? { parent: parent.run } : {};
      const run = { id, workflow, source, inputs: shown, startedAt, status, ...known, ...place, ...above };
      await this.parts.journal.create(run, this.parts.owner, [...first, ...events]);
      this.parts.notify(id, first);
      return 1;
    });
  }

  private startedEvent(request: StartRequest, at: EpochMs): RunStarted {
    const { workflow, inputs, options, handleSeed, origin, parent } = request;
    const deadline = runDeadline(workflow, inputs, at);
    const signalsAfter = this.parts.signalSource?.lastSignal() ?? 0;
    return {
      type: 'run.started',
      at,
      workflow: workflow.name,
      definition: workflow.hash,
      inputs,
      options,
      ...(handleSeed === undefined ? {} : { handleSeed }),
      ...(signalsAfter === 0 ? {} : { signalsAfter }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(origin ? { origin } : {}),
      ...(parent ? { parent } : {}),
    };
  }

  /**
   * Claims a run that was interrupted and continues it where its journal ends.
   * @throws RunnerError as {@link Journal.claim}; DEFINITION_UNREADABLE
   */
  async resume(run: string, options: { readonly force?: boolean } = {}): Promise<RunHandle> {
    return this.continue(run, options, () => []);
  }

  /** Claims a run that nobody owns and ends it as cancelled, with its `finally`. */
  async cancel(run: string, by: string): Promise<RunHandle> {
    return this.continue(run, { force: true }, () => [{ type: 'cancel.requested', at: this.parts.clock.now(), by }]);
  }

  /**
   * Records what a person says about an interrupted call, then continues the run.
   * @throws RunnerError RUN_STEP_NOT_WAITING when the step does not wait for this
   */
  async resolve(run: string, resolution: Resolution): Promise<RunHandle> {
    const key = this.attentionOf(run, resolution.step);
    const { as, by, output } = resolution;
    const at = this.parts.clock.now();
    const stated = output === undefined ? {} : { output };
    return this.continue(run, { force: true }, () => [{ type: 'attention.resolved', at, key, as, by, ...stated }]);
  }

  /**
   * The key of the attempt of a step about which a person must decide.
   * @throws RunnerError RUN_STEP_NOT_WAITING
   */
  attentionOf(run: string, step: string): string {
    return openAttention(run, this.parts.journal.events(run), step);
  }

  private async continue(
    id: string,
    options: { readonly force?: boolean },
    first: () => readonly RunEvent[],
  ): Promise<RunHandle> {
    const { journal, owner, clock } = this.parts;
    const record = journal.find(id);
    const { workflow } = journal.definition(record.definition);
    const epoch = await journal.claim(id, owner, options);
    const added: readonly RunEvent[] = [{ type: 'run.resumed', at: clock.now(), epoch }, ...first()];
    const events = [...journal.events(id), ...added];
    const facts = this.factsOf({ ...record, workflow }, events);
    return this.launch(new RunDriver(this.parts, facts, events), id, async (decision, status) => {
      const release = decision.end !== undefined;
      const counts = countsOf(decision, this.parts.space);
      const change = { status, release, ...(counts ? { counts } : {}) };
      await journal.append(id, epoch, [...added, ...decision.events], change);
      this.parts.notify(id, added);
      return epoch;
    });
  }

  private factsOf(
    {
      id,
      workflow,
      commit,
    }: { readonly id: string; readonly workflow: Workflow; readonly commit?: string | undefined },
    events: readonly RunEvent[],
  ): RunFacts {
    const { env, fingerprint = () => '', violations } = this.parts;
    const started = startOf(events);
    const { handleSeed, origin, at, inputs, options, signalsAfter = 0 } = started;
    const deadline = events.findLast((event) => event.type === 'run.resumed' && event.deadline !== undefined);
    return {
      id,
      workflow,
      inputs,
      options,
      startedAt: at,
      env,
      fingerprint,
      signalsAfter,
      attempt: origin?.attempt ?? 1,
      handles: handleSeed === undefined ? {} : handlesOf(handleSeed, workflow.secrets ?? []),
      ...(violations ? { violations } : {}),
      ...(commit === undefined ? {} : { commit }),
      ...deadlineOf(deadline?.type === 'run.resumed' ? deadline : started),
    };
  }

  private async launch(driver: RunDriver, id: string, commit: FirstCommit): Promise<RunHandle> {
    const drive = await driver.begin(commit);
    this.active.set(id, driver);
    this.watch();
    const done = drive().finally(() => {
      this.active.delete(id);
      this.watch();
    });
    return {
      id,
      done,
      cancel: (by, graceMs) => driver.cancel(by, graceMs),
      pause: (by) => driver.pause(by),
      decide: (vote) => driver.request(vote),
      stop: () => driver.stop(),
    };
  }

  /** Extends leases and looks for requests of other processes, while there is a run to do it for. */
  private watch(): void {
    if (this.active.size > 0 && this.heartbeat === undefined) {
      const { journal, owner } = this.parts;
      // A missed heartbeat shows at the next append, which checks the epoch.
      this.heartbeat = setInterval(() => void journal.heartbeat(owner).catch(() => undefined), heartbeatMs).unref();
      this.requests = setInterval(() => this.carryOutRequests(), requestsMs).unref();
    }
    if (this.active.size > 0) return;
    clearInterval(this.heartbeat);
    clearInterval(this.requests);
    this.heartbeat = undefined;
  }

  private carryOutRequests(): void {
    const { journal, owner } = this.parts;
    try {
      for (const { run, request } of journal.takeRequests(owner)) this.active.get(run)?.request(request);
    } catch {
      // As with a missed heartbeat: the next append meets the same fault, and the run reports it. Until then the
      // requests stay where they are, and are read again.
    }
  }
}

const heartbeatMs = 5_000;
const requestsMs = 250;

function startOf(events: readonly RunEvent[]): RunStarted {
  const started = events.find((event) => event.type === 'run.started');
  if (started) return started;
  throw new RunnerError('STORAGE_CORRUPT', 'The journal holds a run without its beginning.');
}

function deadlineOf({ deadline }: { readonly deadline?: EpochMs }): { readonly deadline?: EpochMs } {
  return deadline === undefined ? {} : { deadline };
}

const noSignals: SignalSource = { signals: () => [], lastSignal: () => 0 };

function openAttention(run: string, events: readonly RunEvent[], step: string): string {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'attention.raised') open.add(event.key);
    else if ('key' in event) open.delete(event.key);
  }
  const key = [...open].find((candidate) => stepKeyOf(candidate) === step);
  if (key !== undefined) return key;
  const waiting = [...open].map(stepKeyOf).join(', ');
  throw new RunnerError('RUN_STEP_NOT_WAITING', `Step "${step}" of run ${run} does not wait for a decision.`, {
    hint: waiting === '' ? `No step of this run does. See: runner show ${run}` : `These do: ${waiting}.`,
  });
}
