import type { ProjectFacts } from '../language/load.ts';
import type { Diagnostic } from '../model/diagnostics.ts';
import { isManual } from '../model/manual-work.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import { calledTool } from '../model/tool-versions.ts';
import type { Workflow } from '../model/workflow.ts';
import { isCallStep } from '../model/workflow.ts';
import type { Step } from '../model/workflow.ts';
import type { App } from './app.ts';
import { toolFactsOf } from './catalogue/tool-facts.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { displayPath, findWorkflowFile, readProjectFile, workflowNames } from './workflow-files.ts';

export interface ProjectWorkflow {
  readonly workflow: Workflow;
  /** The file's text. */
  readonly source: string;
  readonly warnings: readonly Diagnostic[];
}

/** A file with everything that was found about it. */
export interface CheckedFile {
  /** As people type it. */
  readonly file: string;
  readonly name?: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly workflow?: Workflow;
  readonly source: string;
}

/** What a file may be compared with, that decides nothing about a run. */
export type CatalogueFacts = Pick<ProjectFacts, 'knownTools' | 'knownOutputs'>;

/**
 * The checked workflow that a person means with a path or a name.
 * @throws RunnerError WORKFLOW_NOT_FOUND; InvalidFileError WORKFLOW_INVALID, WORKFLOW_UNSUPPORTED
 */
export async function loadProjectWorkflow(app: App, nameOrFile: string): Promise<ProjectWorkflow> {
  const path = findWorkflowFile(nameOrFile, app.configuration.workflowFolders, app.cwd);
  const checked = await checkFile(app, path);
  if (checked.workflow) return { workflow: checked.workflow, source: checked.source, warnings: checked.diagnostics };
  const isWrong = checked.diagnostics.some(({ severity }) => severity === 'error');
  throw isWrong
    ? new InvalidFileError('WORKFLOW_INVALID', `${checked.file} cannot be run.`, checked.diagnostics)
    : new InvalidFileError(
        'WORKFLOW_UNSUPPORTED',
        `${checked.file} is right, but this version cannot execute all of it, so nothing was started.`,
        checked.diagnostics,
        'Do without what is named above; docs/language.md marks with ⏳ what this version cannot execute.',
      );
}

/**
 * Checks a workflow file with what the project's configuration adds.
 * @param catalogue what the catalogue knows of tools, where it is to be compared with
 * @throws RunnerError WORKFLOW_NOT_FOUND when it cannot be read
 */
export async function checkFile(app: App, path: string, catalogue?: CatalogueFacts): Promise<CheckedFile> {
  const file = displayPath(path, app.cwd);
  const bytes = await readProjectFile(path, file, 'WORKFLOW_NOT_FOUND');
  return checkText(app, { file, bytes }, catalogue);
}

/** Checks the text of a workflow, which may come from no file: then `file` is what findings call it. */
export async function checkText(
  app: App,
  { file, bytes }: { readonly file: string; readonly bytes: Uint8Array },
  catalogue: CatalogueFacts = {},
): Promise<CheckedFile> {
  const [{ loadWorkflow }, facts] = await Promise.all([import('../language/load.ts'), projectFacts(app)]);
  const loaded = await loadWorkflow(bytes, { file, facts: { ...facts, ...catalogue } });
  return { file, ...loaded, source: new TextDecoder().decode(bytes) };
}

/** What the project adds to every workflow. */
export async function projectFacts(app: App): Promise<ProjectFacts> {
  const { configuration } = app;
  const tools = await toolFactsOf(app);
  return {
    policyDefaults: {
      retryMax: configuration.retry.max,
      ...(configuration.retry.delayMs === undefined ? {} : { retryDelayMs: configuration.retry.delayMs }),
      cacheTtlMs: configuration.cache.ttlMs,
    },
    ...(configuration.policies.length > 0 ? { policies: configuration.policies } : {}),
    envNames: configuration.envNames,
    secretNames: Object.keys(configuration.secrets),
    allowHosts: configuration.allowHosts,
    knownWorkflows: workflowNames(configuration.workflowFolders),
    ...(tools ? { tools } : {}),
  };
}

/** The servers whose tools a run of it calls, in any of its lists and alternatives. */
export function toolServersOf(workflow: Workflow, overlays: readonly ToolOverlay[]): ReadonlySet<string> {
  return new Set(
    [...workflow.steps, ...workflow.onFailure, ...workflow.finally].flatMap((step) => serversOf(step, overlays)),
  );
}

function serversOf(step: Step, overlays: readonly ToolOverlay[]): readonly string[] {
  if (!isCallStep(step)) return [];
  const others = step.fallback.flatMap((each) => (each.kind === 'step' ? serversOf(each.step, overlays) : []));
  return step.kind === 'tool' && !isManual(step.tool)
    ? [(calledTool(step, overlays) ?? step).server, ...others]
    : others;
}
