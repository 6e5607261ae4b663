import type { JsonObject } from '../model/json.ts';
import { hasHidden, hiddenOf } from '../model/sensitive.ts';
import type { RunEvent, RunOrigin } from '../model/events.ts';
import type { Workflow } from '../model/workflow.ts';
import type { ActiveRun, RunInfo, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { isCacheOn } from './cache-switch.ts';
import { launch, openEngineRoom } from './engine-room.ts';
import type { EngineRoom } from './engine-room.ts';
import { readInputs } from './inputs.ts';
import type { InputArgument } from './inputs.ts';
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
}

/**
 * Checks a workflow and its inputs, then starts a run that this process executes.
 * @throws RunnerError WORKFLOW_*, INPUT_*, BRIDGE_MISSING, STORAGE_*: nothing was started
 */
export async function runWorkflow(app: App, request: RunRequest, observer: RunObserver): Promise<ActiveRun> {
  const { workflow, source } = await loadProjectWorkflow(app, request.workflow);
  const inputs = await readInputs(workflow, request.inputs);
  requireServers(app.configuration, toolServersOf(workflow, app.configuration.tools));
  const { dryRun, cache, room } = request;
  return startRun(app, { workflow, source, inputs, dryRun, cache, room }, observer);
}

export interface PreparedRun {
  readonly workflow: Workflow;
  readonly source: string;
  readonly inputs: JsonObject;
  readonly dryRun: boolean;
  readonly cache: boolean;
  readonly room?: RunRequest['room'];
  /** The run that it is made out of, and what is kept of that one. */
  readonly origin?: RunOrigin;
  readonly kept?: readonly RunEvent[];
  /** Of the other run; absent: a new one. */
  readonly handleSeed?: string;
}

/** Starts a run of a checked workflow. @throws RunnerError SECRET_MISSING, STORAGE_* */
export async function startRun(app: App, run: PreparedRun, observer: RunObserver): Promise<ActiveRun> {
  const { configuration, clock, vault } = app;
  const { secrets = [] } = run.workflow;
  await vault.require(secrets);
  hideSensitive(app, run.workflow, run.inputs);
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
  const info: RunInfo = {
    id: newRunId(clock.now(), randomNumber),
    workflow,
    sandbox,
    dryRun: run.dryRun,
    ...(environment === undefined ? {} : { environment }),
    history: [],
  };
  // What is off now may be switched on while the run lasts, unless the environment forbids it.
  const cache = run.cache && isCacheOn(configuration.cache, 'on');
  const handleSeed = secrets.length === 0 ? undefined : (run.handleSeed ?? (await newHandleSeed()));
  if (handleSeed !== undefined) vault.open(info.id, handleSeed, secrets);
  return launch(room, { info, observer }, () =>
    room.engine.start({
      id: info.id,
      workflow,
      source: run.source,
      inputs: run.inputs,
      options: {
        dryRun: run.dryRun,
        cache,
        ...(sandbox ? { sandbox } : {}),
        ...(readOnly ? { readOnly } : {}),
        ...(environment === undefined ? {} : { environment }),
      },
      ...(commit === undefined ? {} : { commit }),
      ...(handleSeed === undefined ? {} : { handleSeed }),
      ...(run.origin ? { origin: run.origin } : {}),
      ...(run.kept ? { kept: run.kept } : {}),
    }),
  );
}

function hideSensitive({ configuration, vault }: App, workflow: Workflow, inputs: JsonObject): void {
  const hidden = hiddenOf(workflow);
  if (!hasHidden(hidden)) return;
  configuration.redactor.hide([...hidden.inputs].flatMap((name) => inputs[name] ?? []));
  if (configuration.journalKeys.length > 0) return;
  vault.warn('The journal holds the sensitive values of this run in the clear: runner.yaml has no journal_key.');
}

async function newHandleSeed(): Promise<string> {
  const { randomBytes } = await import('node:crypto');
  return randomBytes(16).toString('hex');
}
