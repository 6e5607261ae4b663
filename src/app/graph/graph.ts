import { displayPath, findWorkflowFile, readProjectFile } from '../workflow-files.ts';
import type { App } from '../app.ts';
import { InvalidFileError } from '../invalid-file-error.ts';
import { projectFacts } from '../project-workflow.ts';
import { RunnerError } from '../../model/errors.ts';
import { foldRun } from '../../model/run-view-fold.ts';
import type { Workflow } from '../../model/workflow.ts';
import { flowOf } from './flow.ts';
import type { Flow } from './flow.ts';
import { flowStates } from './flow-states.ts';
import type { FlowStates } from './flow-states.ts';

export interface Graph {
  readonly flow: Flow;
  /** How the steps of a run stand; absent where no run was asked for. */
  readonly states?: FlowStates;
  /** True where the run began with another definition than the file has now: that one is drawn. */
  readonly hasChanged: boolean;
}

export interface GraphRequest {
  /** A path, or the name of a workflow of the project; may be left out with a run. */
  readonly workflow?: string | undefined;
  /** A run of it, by its id or a part of it. */
  readonly run?: string | undefined;
}

/**
 * The flow of a workflow, also where this version cannot execute all of it; with a run, that of the run's definition.
 * @throws RunnerError USAGE, WORKFLOW_NOT_FOUND, RUN_NOT_FOUND, RUN_AMBIGUOUS, DEFINITION_UNREADABLE; InvalidFileError WORKFLOW_INVALID
 */
export async function readGraph(app: App, { workflow: nameOrFile, run }: GraphRequest): Promise<Graph> {
  const workflow = nameOrFile === undefined ? undefined : await loadAny(app, nameOrFile);
  if (run === undefined) {
    if (workflow) return { flow: flowOf(workflow), hasChanged: false };
    throw new RunnerError('USAGE', 'Nothing was named that could be drawn.', {
      hint: 'Name a workflow, or a run with --run.',
    });
  }
  const journal = await app.stores.records();
  const record = journal.find(run);
  const definition = journal.definition(record.definition).workflow;
  if (workflow && workflow.name !== definition.name) {
    throw new RunnerError('USAGE', `Run ${record.id} is one of ${definition.name}, not of ${workflow.name}.`);
  }
  const view = foldRun(journal.events(record.id), definition, { keepsAll: true });
  const states = flowStates(view, definition);
  return { flow: flowOf(definition), states, hasChanged: workflow !== undefined && definition.hash !== workflow.hash };
}

async function loadAny(app: App, nameOrFile: string): Promise<Workflow> {
  const path = findWorkflowFile(nameOrFile, app.configuration.workflowFolders, app.cwd);
  const file = displayPath(path, app.cwd);
  const [bytes, facts, { loadWorkflow }] = await Promise.all([
    readProjectFile(path, file, 'WORKFLOW_NOT_FOUND'),
    projectFacts(app),
    import('../../language/load.ts'),
  ]);
  const { workflow, diagnostics } = await loadWorkflow(bytes, { file, facts });
  if (workflow) return workflow;
  throw new InvalidFileError('WORKFLOW_INVALID', `${file} cannot be drawn.`, diagnostics);
}
