import { RunnerError } from '../model/errors.ts';
import type { RunEvent, RunStarted } from '../model/events.ts';
import type { EpochMs } from '../model/time.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { stepKeyOf } from '../model/keys.ts';
import { startOf } from '../model/run-start.ts';
import { hiddenOf, shownInputs } from '../model/sensitive.ts';
import type { Workflow } from '../model/workflow.ts';
import type { RunFacts } from './core/run-state.ts';
import { handlesOf } from './core/handles.ts';
import { runChildren } from './children.ts';
import { runDeadline } from './core/run-deadline.ts';
import { countsOf } from './counts.ts';
import { RunDriver, type FirstCommit } from './driver.ts';
import type {
  Accepted,
  AcceptRequest,
  DriverParts,
  EngineParts,
  ResumeOptions,
  RunHandle,
  StartRequest,
} from './parts.ts';
import type { NewRun } from '../model/run-records.ts';
import { isFinal, type RunStatus } from '../model/states.ts';
import type { CallContext, CallProgress } from './ports.ts';
import { Admissions } from './policies/admission.ts';
import { Attempts } from './policies/attempt.ts';
import { Places } from './policies/places.ts';
import { Signals } from './signals.ts';
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
      signals: new Signals(parts.journal, parts.clock),
      children: runChildren(this, parts),
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
    const { id, workflow, commit, kept = [] } = request;
    const started = this.startedEvent(request, this.parts.clock.now());
    const first = [started, ...kept];
    const driver = new RunDriver(this.parts, this.factsOf({ id, workflow, commit }, started), first, request);
    return this.launch(driver, id, async ({ events, stateChanges }, status) => {
      const { journal, owner } = this.parts;
      if (stateChanges.length === 0) {
        await journal.create(newRun(this.listed(request), { first, status }), owner, [...first, ...events]);
      } else {
        // Kept values change together with the events that say so.
        await journal.create(newRun(this.listed(request), { first, status: 'running' }), owner, first);
        await journal.append(id, 1, events, { status, release: isFinal(status), state: stateChanges });
      }
      this.parts.notify(id, first);
      return 1;
    });
  }

  /**
   * Accepts a run that may have to wait for others, or for a worker; or that was started before.
   * @throws RunnerError RUN_CONFLICT, QUEUE_FULL
   */
  async accept(request: AcceptRequest): Promise<Accepted> {
    const { id, queued = false, kept = [], priority, runKey, group } = request;
    const { journal, owner, clock } = this.parts;
    const { deadline: _, ...started } = this.startedEvent(request, clock.now());
    const first = [started, ...kept];
    const run = {
      ...newRun(request, { first, status: queued ? 'queued' : 'running' }),
      ...(priority === undefined ? {} : { priority }),
      ...(runKey === undefined ? {} : { runKey }),
      ...(group ? { group } : {}),
    };
    const creation = await journal.create(run, queued ? undefined : owner, first);
    if (creation.kind !== 'created') return creation;
    this.parts.notify(id, first);
    if (queued) return { kind: 'queued', behind: [] };
    return { kind: 'started', handle: await this.resume(id, { ...request, epoch: 1 }) };
  }

  /** A child's inputs may come from anywhere in its parent. */
  private listed(request: StartRequest): StartRequest {
    const { shown } = this.parts;
    return request.parent && shown ? { ...request, inputs: shown(request.inputs) } : request;
  }

  private startedEvent(request: StartRequest, at: EpochMs): RunStarted {
    const { workflow, inputs, options, handleSeed, origin, parent } = request;
    const deadline = runDeadline(workflow, inputs, at);
    const signalsAfter = this.parts.journal.lastSignal();
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
  async resume(run: string, options: ResumeOptions = {}): Promise<RunHandle> {
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

  private async continue(id: string, options: ResumeOptions, first: () => readonly RunEvent[]): Promise<RunHandle> {
    const { journal, owner, clock } = this.parts;
    const record = journal.find(id);
    const { workflow } = journal.definition(record.definition);
    const epoch = options.epoch ?? (await journal.claim(id, owner, options));
    const started = startOf(id, journal.read(id));
    const resumed = {
      type: 'run.resumed',
      at: clock.now(),
      epoch,
      ...lateDeadline(workflow, journal.read(id), clock.now()),
    } as const;
    const added: readonly RunEvent[] = [resumed, ...first()];
    const facts = this.factsOf({ ...record, workflow }, started);
    const events = chained(journal.read(id), added);
    return this.launch(new RunDriver(this.parts, facts, events, options), id, async (decision, status) => {
      const release = decision.end !== undefined;
      const counts = countsOf(decision, this.parts.space);
      const { stateChanges: state } = decision;
      const change = { status, release, ...(counts ? { counts } : {}), ...(state.length > 0 ? { state } : {}) };
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
    { handleSeed, origin, at, inputs, options, signalsAfter = 0 }: RunStarted,
  ): RunFacts {
    const { env, fingerprint = () => '', violations, space } = this.parts;
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
      ...(origin?.doubtful ? { doubtful: origin.doubtful } : {}),
      handles: handleSeed === undefined ? {} : handlesOf(handleSeed, workflow.secrets ?? []),
      world: space,
      ...(violations ? { violations } : {}),
      ...(commit === undefined ? {} : { commit }),
    };
  }

  private async launch(driver: RunDriver, id: string, commit: FirstCommit): Promise<RunHandle> {
    const drive = await driver.begin(commit);
    this.active.set(id, driver);
    this.watch();
    // What was asked while nobody had the run comes before anything that it would do next: a cancel before the next call,
    // a vote before the end of its time.
    this.carryOutRequests();
    const done = drive().finally(() => {
      this.active.delete(id);
      this.watch();
    });
    return {
      id,
      done,
      cancel: (by, graceMs) => driver.cancel(by, graceMs),
      pause: (by) => driver.pause(by),
      park: () => driver.park(),
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
      for (const { n, run, request } of journal.takeRequests(owner)) this.active.get(run)?.request(request, n);
    } catch {
      // As with a missed heartbeat: the next append meets the same fault, and the run reports it. Until then the
      // requests stay where they are, and are read again.
    }
  }
}

const heartbeatMs = 5_000;
const requestsMs = 250;

function newRun(
  { id, workflow, source, inputs, options, commit, parent }: StartRequest,
  { first, status }: { readonly first: readonly RunEvent[]; readonly status: RunStatus },
): NewRun {
  const { environment } = options;
  return {
    id,
    workflow,
    source,
    inputs: shownInputs(inputs, hiddenOf(workflow)),
    startedAt: first[0]?.at ?? 0,
    status,
    ...(commit === undefined ? {} : { commit }),
    ...(environment === undefined ? {} : { environment }),
    ...(parent ? { parent: parent.run } : {}),
  };
}

function* chained(before: Iterable<RunEvent>, after: Iterable<RunEvent>): Iterable<RunEvent> {
  yield* before;
  yield* after;
}

/** The time of a run that had to wait for its turn begins when it is carried first. */
function lateDeadline(workflow: Workflow, events: Iterable<RunEvent>, now: EpochMs): { readonly deadline?: EpochMs } {
  if (workflow.timeoutMs === undefined) return {};
  let inputs: JsonObject = {};
  for (const event of events) {
    if (event.type !== 'run.started' && event.type !== 'run.resumed') continue;
    if (event.deadline !== undefined) return {};
    if (event.type === 'run.started') ({ inputs } = event);
  }
  const deadline = runDeadline(workflow, inputs, now);
  return deadline === undefined ? {} : { deadline };
}

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
