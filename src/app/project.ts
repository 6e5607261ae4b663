import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where a project lies on the disk. */
export interface Project {
  /** Absolute. */
  readonly root: string;
  /** Absolute path of `runner.yaml`, when there is one. */
  readonly configFile?: string;
}

/**
 * The project around `folder`: the nearest parent with `runner.yaml`, else the nearest with `workflows/`, else the
 * folder itself.
 */
export function findProject(folder: string): Project {
  return projectAround(resolve(folder)) ?? { root: resolve(folder) };
}

/**
 * The project of a workflow file: that of the current folder when the file lies in it, else the one around the file,
 * so that a cron entry with an absolute path needs no `cd`.
 */
export function findProjectOfFile(file: string, cwd: string): Project {
  const here = findProject(cwd);
  const path = resolve(cwd, file);
  if (path.startsWith(`${here.root}/`)) return here;
  return projectAround(dirname(path)) ?? here;
}

function projectAround(folder: string): Project | undefined {
  const folders = [...parents(folder)];
  const configured = folders.find((parent) => isFile(join(parent, 'runner.yaml')));
  if (configured !== undefined) return { root: configured, configFile: join(configured, 'runner.yaml') };
  const plain = folders.find((parent) => existsSync(join(parent, 'workflows')));
  return plain === undefined ? undefined : { root: plain };
}

function* parents(folder: string): Generator<string> {
  for (let parent = folder; ; parent = dirname(parent)) {
    yield parent;
    if (parent === dirname(parent)) return;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
