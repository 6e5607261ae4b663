import type { StartRequest } from '../engine/engine.ts';
import type { AcceptRequest, Park, RunHandle } from '../engine/parts.ts';
import { RunnerError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import { keptSpace } from '../model/requests.ts';
import { hasHidden, hiddenOf } from '../model/sensitive.ts';
import type { RunEvent, RunOrigin } from '../model/events.ts';
import { familyOf, secretsOf } from '../model/families.ts';
import type { Workflow } from '../model/workflow.ts';
import type { ActiveRun, RunInfo, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { isCacheOn } from './cache-switch.ts';
import { launch, openEngineRoom } from './engine-room.ts';
import type { EngineRoom } from './engine-room.ts';
import { groupOf } from './run-group.ts';
import { readInputs } from './inputs.ts';
import type { InputArgument } from './inputs.ts';
import { spaceOf } from './namespaces.ts';
import { loadProjectWorkflow, toolServersOf } from './project-workflow.ts';
import { needsBridge, requireServers } from './tool-servers.ts';

export interface RunRequest {
  /** A path, or the name of a workflow of the project. */
  readonly workflow: string;
  readonly inputs: readonly InputArgument[];
  readonly dryRun: boolean;
  /** False: neither looks results up nor stores them. */
  readonly cache: boolean;
  /** Where the run goes on; absent: in a room of its own, which lasts until the app is closed. */
  readonly room?: (() => Promise<EngineRoom>) | undefined;
  /** When it is given back while it only waits; absent: never. */
  readonly park?: Park;
}

/**
 * Checks a workflow and its inputs, then starts a run that this process executes.
 * @throws RunnerError WORKFLOW_*, INPUT_*, BRIDGE_MISSING, STORAGE_*: nothing was started
 */
export async function runWorkflow(app: App, request: RunRequest, observer: RunObserver): Promise<ActiveRun> {
  return startRun(app, await checkedRun(app, request), observer);
}

export interface PreparedRun {
  readonly workflow: Workflow;
  readonly source: string;
  readonly inputs: JsonObject;
  readonly dryRun: boolean;
  readonly cache: boolean;
  readonly room?: RunRequest['room'];
  readonly park?: Park;
  /** The run that it is made out of, and what is kept of that one. */
  readonly origin?: RunOrigin;
  readonly kept?: readonly RunEvent[];
  /** Of the other run; absent: a new one. */
  readonly handleSeed?: string;
}

/** Starts a run of a checked workflow. @throws RunnerError SECRET_MISSING, STORAGE_* */
export async function startRun(app: App, run: PreparedRun, observer: RunObserver): Promise<ActiveRun> {
  const { room, info, request: ready } = await readyToStart(app, run);
  const request = { ...ready, ...waitingAs(observer) };
  const { handleSeed } = request;
  if (handleSeed !== undefined) app.vault.open(info.id, handleSeed, secretsOf(run.workflow));
  const group = await groupOf(app, run.workflow, run.inputs);
  if (!group) return launch(room, { info, observer }, () => room.engine.start(request));
  return launch(room, { info, observer }, () => startInGroup(app, room, { ...request, group }));
}

/** An observer that is told of idleness decides itself when the run is given back. */
function waitingAs({ idle }: RunObserver): Pick<StartRequest, 'park' | 'idle'> {
  return idle === undefined ? {} : { park: 'never', idle };
}

const askAgainMs = 250;

/** A run whose group has no room waits here for its turn, unless a worker takes it before. */
async function startInGroup(app: App, room: EngineRoom, request: AcceptRequest): Promise<RunHandle> {
  const accepted = await room.engine.accept(request);
  if (accepted.kind === 'started') return accepted.handle;
  const { id } = request;
  const behind = accepted.kind === 'queued' ? accepted.behind.join(', ') : accepted.run;
  app.vault.warn(`Run ${id} waits for its turn, behind ${behind}.`);
  const { signal } = new AbortController();
  for (;;) {
    try {
      return await room.engine.resume(id, request);
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== 'RUN_CONFLICT') throw error;
    }
    await app.clock.until(app.clock.now() + askAgainMs, signal);
  }
}

/** How a run is to be taken from the queue. */
export interface Placement {
  /** From -100 to 100; the higher, the sooner. */
  readonly priority?: number;
  /** A second run of the workflow with the same key is the first one. */
  readonly runKey?: string;
}

/** A run that is in the queue now, or the one that was started with its key before. */
export interface QueuedRun {
  readonly id: string;
  readonly isNew: boolean;
}

/**
 * Puts a run of a checked workflow into the queue: nothing of it happens here.
 * @throws RunnerError SECRET_MISSING, QUEUE_FULL, STORAGE_*
 */
async function queueRun(app: App, run: PreparedRun, { priority, runKey }: Placement): Promise<QueuedRun> {
  const { room, info, request } = await readyToStart(app, run);
  const group = await groupOf(app, run.workflow, run.inputs);
  const accepted = await room.engine.accept({
    ...request,
    queued: true,
    ...(group ? { group } : {}),
    ...(priority === undefined ? {} : { priority }),
    // The sandbox and each environment have keys of their own.
    ...(runKey === undefined ? {} : { runKey: keptSpace(spaceOf(app.configuration), runKey) }),
  });
  return accepted.kind === 'known' ? { id: accepted.run, isNew: false } : { id: info.id, isNew: true };
}

/** Checks a workflow and its inputs, then puts a run of it into the queue. @throws RunnerError as {@link runWorkflow}; QUEUE_FULL */
export async function queueWorkflow(app: App, request: RunRequest, placement: Placement): Promise<QueuedRun> {
  return queueRun(app, await checkedRun(app, request), placement);
}

async function checkedRun(app: App, request: RunRequest): Promise<PreparedRun> {
  const { workflow, source } = await loadProjectWorkflow(app, request.workflow);
  const inputs = await readInputs(workflow, request.inputs);
  requireServers(app.configuration, toolServersOf(workflow, app.configuration.tools));
  const { dryRun, cache, room, park } = request;
  return { workflow, source, inputs, dryRun, cache, room, ...(park ? { park } : {}) };
}

async function readyToStart(app: App, run: PreparedRun) {
  const { configuration, clock, vault } = app;
  const secrets = secretsOf(run.workflow);
  await vault.require(secrets);
  warnOfClear(app, run.workflow);
  const [room, { newRunId }, { randomNumber }, { currentCommit }] = await Promise.all([
    run.room ? run.room() : openEngineRoom(app),
    import('../adapters/system/run-id.ts'),
    import('../adapters/system/random-number.ts'),
    import('../adapters/system/git-commit.ts'),
  ]);
  const workflow = room.standIns.addTo(run.workflow);
  const sandbox =
    configuration.bridge.kind === 'sandbox' && needsBridge(configuration, toolServersOf(workflow, configuration.tools));
  const { readOnly, environment } = configuration;
  const commit = currentCommit(configuration.project.root);
  const place = environment === undefined ? {} : { environment };
  const id = newRunId(clock.now(), randomNumber);
  const info: RunInfo = { id, workflow, sandbox, dryRun: run.dryRun, ...place, history: [] };
  // What is off now may be switched on while the run lasts, unless the environment forbids it.
  const cache = run.cache && isCacheOn(configuration.cache, 'on');
  const handleSeed = secrets.length === 0 ? undefined : (run.handleSeed ?? (await newHandleSeed()));
  const request: StartRequest = {
    id,
    workflow,
    source: run.source,
    inputs: run.inputs,
    options: {
      dryRun: run.dryRun,
      cache,
      ...(sandbox ? { sandbox } : {}),
      ...(readOnly ? { readOnly } : {}),
      ...place,
    },
    ...(commit === undefined ? {} : { commit }),
    ...(handleSeed === undefined ? {} : { handleSeed }),
    ...(run.origin ? { origin: run.origin } : {}),
    ...(run.kept ? { kept: run.kept } : {}),
    ...(run.park ? { park: run.park } : {}),
  };
  return { room, info, request };
}

function warnOfClear({ configuration, vault }: App, workflow: Workflow): void {
  if (configuration.journalKeys.length > 0 || !familyOf(workflow).some((each) => hasHidden(hiddenOf(each)))) return;
  vault.warn('The journal holds the sensitive values of this run in the clear: runner.yaml has no journal_key.');
}

async function newHandleSeed(): Promise<string> {
  const { randomBytes } = await import('node:crypto');
  return randomBytes(16).toString('hex');
}
