import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RunnerError } from '../model/errors.ts';
import type { App } from './app.ts';
import { projectCatalogue } from './catalogue/project-catalogue.ts';
import { checkFile } from './project-workflow.ts';
import type { CheckedFile } from './project-workflow.ts';
import { displayPath, findWorkflowFile, listWorkflowFiles } from './workflow-files.ts';

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
  const knownTools = await toolsOfCatalogue(app);
  const checked: CheckedFile[] = [];
  for (const file of new Set(files)) checked.push(await checkFile(app, file, knownTools));
  return checked;
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

/** Undefined where nobody has read the bridge's catalogue yet: then nothing is said about tools. */
async function toolsOfCatalogue(app: App): Promise<readonly string[] | undefined> {
  const catalogue = await projectCatalogue(app);
  return catalogue?.tools.map(({ server, name }) => `${server}/${name}`);
}
