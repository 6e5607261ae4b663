import type { Journal } from '../engine/ports.ts';
import type { JsonObject } from '../model/json.ts';
import type { Workflow } from '../model/workflow.ts';
import type { ActiveRun, RunInfo, RunObserver } from './active-run.ts';
import type { App } from './app.ts';
import { isCacheOn } from './cache-switch.ts';
import { launch, openEngineRoom } from './engine-room.ts';
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
}

/**
 * Checks a workflow and its inputs, then starts a run that this process executes.
 * @throws RunnerError WORKFLOW_*, INPUT_*, BRIDGE_MISSING, STORAGE_*: nothing was started
 */
export async function runWorkflow(app: App, request: RunRequest, observer: RunObserver): Promise<ActiveRun> {
  const { workflow, source } = await loadProjectWorkflow(app, request.workflow);
  const inputs = await readInputs(workflow, request.inputs);
  requireServers(app.configuration, toolServersOf(workflow));
  return startRun(app, { workflow, source, inputs, dryRun: request.dryRun, cache: request.cache }, observer);
}

export interface PreparedRun {
  readonly workflow: Workflow;
  readonly source: string;
  readonly inputs: JsonObject;
  readonly dryRun: boolean;
  readonly cache: boolean;
  /** Absent: the project's own journal. */
  readonly journal?: Journal;
}

/** Starts a run of a checked workflow. */
export async function startRun(app: App, run: PreparedRun, observer: RunObserver): Promise<ActiveRun> {
  const { configuration, clock } = app;
  const [room, { newRunId }, { randomNumber }, { currentCommit }] = await Promise.all([
    openEngineRoom(app, run.journal ? { journal: run.journal } : {}),
    import('../adapters/system/run-id.ts'),
    import('../adapters/system/random-number.ts'),
    import('../adapters/system/git-commit.ts'),
  ]);
  const sandbox = configuration.bridge.kind === 'sandbox' && needsBridge(configuration, toolServersOf(run.workflow));
  const { readOnly } = configuration;
  const commit = currentCommit(configuration.project.root);
  const info: RunInfo = {
    id: newRunId(clock.now(), randomNumber),
    workflow: run.workflow,
    sandbox,
    dryRun: run.dryRun,
    history: [],
  };
  // What is off now may be switched on while the run lasts, unless the environment forbids it.
  const cache = run.cache && isCacheOn(configuration.cache, 'on');
  return launch(room, { info, observer }, () =>
    room.engine.start({
      id: info.id,
      workflow: run.workflow,
      source: run.source,
      inputs: run.inputs,
      options: { dryRun: run.dryRun, cache, ...(sandbox ? { sandbox } : {}), ...(readOnly ? { readOnly } : {}) },
      ...(commit === undefined ? {} : { commit }),
    }),
  );
}
