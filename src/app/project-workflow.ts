import type { LoadedWorkflow, ProjectFacts } from '../language/load.ts';
import type { Diagnostic } from '../model/diagnostics.ts';
import { isManual } from '../model/manual-work.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import { calledTool } from '../model/tool-versions.ts';
import type { Workflow } from '../model/workflow.ts';
import type { App } from './app.ts';
import { callsOf } from './calls-of.ts';
import { toolFactsOf } from './catalogue/tool-facts.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { displayPath, findWorkflowFile, readProjectFile, workflowNames, workflowPaths } from './workflow-files.ts';

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
  /** What its calls go to; absent where it could not be read at all. */
  readonly targets?: ReadonlySet<string>;
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
  const [{ loadWorkflow }, known] = await Promise.all([import('../language/load.ts'), projectFacts(app)]);
  const facts = { ...known, ...catalogue };
  const { diagnostics, name, workflow, targets } = await linked(app, facts, await loadWorkflow(bytes, { file, facts }));
  return {
    file,
    diagnostics,
    ...(name !== undefined && { name }),
    ...(workflow && { workflow }),
    ...(targets && { targets }),
    source: new TextDecoder().decode(bytes),
  };
}

/** With the workflows that it starts, which are the project's own. */
async function linked(app: App, facts: ProjectFacts, loaded: LoadedWorkflow): Promise<LoadedWorkflow> {
  if (loaded.links === undefined) return loaded;
  const [{ linkChildren }, { loadWorkflow }] = await Promise.all([
    import('../language/children/link-children.ts'),
    import('../language/load.ts'),
  ]);
  const paths = workflowPaths(app.configuration.workflowFolders);
  return linkChildren(loaded, async (name) => {
    const path = paths.get(name);
    if (path === undefined) return undefined;
    const file = displayPath(path, app.cwd);
    return loadWorkflow(await readProjectFile(path, file, 'WORKFLOW_NOT_FOUND'), { file, facts });
  });
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

/** The servers whose tools a run of it may call, and the runs that it starts. */
export function toolServersOf(workflow: Workflow, overlays: readonly ToolOverlay[]): ReadonlySet<string> {
  const calls = [workflow, ...Object.values(workflow.children ?? {})].flatMap(callsOf);
  return new Set(
    calls.flatMap((step) =>
      step.kind === 'tool' && !isManual(step.tool) ? [(calledTool(step, overlays) ?? step).server] : [],
    ),
  );
}
