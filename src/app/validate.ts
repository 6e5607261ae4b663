import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RunnerError } from '../model/errors.ts';
import type { Diagnostic } from '../model/diagnostics.ts';
import { isJsonObject } from '../model/json.ts';
import type { App } from './app.ts';
import { projectCatalogue } from './catalogue/project-catalogue.ts';
import { checkFile } from './project-workflow.ts';
import type { CatalogueFacts, CheckedFile } from './project-workflow.ts';
import { displayPath, findWorkflowFile, listWorkflowFiles, readProjectFile } from './workflow-files.ts';

/**
 * Checks workflow files; without paths, all of the project. A path may be a file, a folder or a workflow's name.
 * Never uses the network: tools are compared with the catalogue as last read, where there is one.
 * @throws RunnerError WORKFLOW_NOT_FOUND when a path names nothing, or there is nothing to check
 */
export async function validateFiles(app: App, paths: readonly string[]): Promise<readonly CheckedFile[]> {
  const { workflowFolders } = app.configuration;
  const files = paths.length === 0 ? listWorkflowFiles(workflowFolders) : paths.flatMap((path) => filesAt(app, path));
  if (files.length === 0) {
    const places = (paths.length === 0 ? workflowFolders : paths).map((path) => displayPath(path, app.cwd));
    throw new RunnerError('WORKFLOW_NOT_FOUND', `There is no workflow file in ${places.join(', ')}.`, {
      hint: 'Workflows are files that end in .yaml or .yml, usually in the folder "workflows".',
    });
  }
  const catalogue = await catalogueFacts(app);
  const checked: CheckedFile[] = [];
  for (const file of new Set(files)) checked.push(await lintSecrets(await checkFile(app, file, catalogue)));
  return checked;
}

/**
 * Warnings about `runner.yaml`: values that look like credentials, and patterns that cover nothing.
 * @param all all workflow files of the project; absent where only some were checked: then no pattern is judged
 */
export async function configurationWarnings(app: App, all?: readonly CheckedFile[]): Promise<readonly Diagnostic[]> {
  const path = app.configuration.project.configFile;
  if (path === undefined) return [];
  const file = displayPath(path, app.cwd);
  const text = new TextDecoder().decode(await readProjectFile(path, file, 'CONFIG_INVALID'));
  const { withWrittenSecrets } = await import('../language/written-secrets.ts');
  const diagnostics = await idlePatternsOf(app, { file, text }, all);
  return withWrittenSecrets({ file, kind: 'configuration', text, diagnostics });
}

async function idlePatternsOf(
  app: App,
  written: { readonly file: string; readonly text: string },
  all: readonly CheckedFile[] | undefined,
): Promise<readonly Diagnostic[]> {
  // What a file calls that cannot be read nobody knows.
  if (all === undefined || all.some(({ targets }) => targets === undefined)) return [];
  const { knownTools: tools } = await catalogueFacts(app);
  const { idlePatterns } = await import('../language/config-patterns.ts');
  const called = new Set(all.flatMap(({ targets }) => [...(targets ?? [])]));
  return idlePatterns(written, { called, ...(tools && { tools }) });
}

async function lintSecrets(checked: CheckedFile): Promise<CheckedFile> {
  const { withWrittenSecrets } = await import('../language/written-secrets.ts');
  const { file, source: text, diagnostics } = checked;
  return { ...checked, diagnostics: await withWrittenSecrets({ file, kind: 'workflow', text, diagnostics }) };
}

function filesAt(app: App, path: string): readonly string[] {
  const absolute = resolve(app.cwd, path);
  const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder) return [findWorkflowFile(path, app.configuration.workflowFolders, app.cwd)];
  const below = readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .flatMap((entry) => filesAt(app, join(absolute, entry.name)));
  return [...listWorkflowFiles([absolute]), ...below];
}

/** Empty where nobody has read the servers' tools yet: then nothing is said about them. */
async function catalogueFacts(app: App): Promise<CatalogueFacts> {
  const tools = (await projectCatalogue(app))?.tools;
  if (tools === undefined) return {};
  const named = tools.map((tool) => [`${tool.server}/${tool.name}`, tool.output] as const);
  const outputs = named.flatMap(([name, output]) => (isJsonObject(output) ? [[name, output] as const] : []));
  return { knownTools: named.map(([name]) => name), knownOutputs: Object.fromEntries(outputs) };
}
