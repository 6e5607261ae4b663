import { constants, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { didYouMean } from '../language/did-you-mean.ts';
import { RunnerError } from '../model/errors.ts';

const maxFileBytes = 256 * 1024;
const yamlFile = /\.ya?ml$/i;

/** True when a person means a file, not the name of a workflow. */
export function looksLikeFile(nameOrFile: string): boolean {
  return yamlFile.test(nameOrFile) || nameOrFile.includes('/') || nameOrFile.includes('\\');
}

/** The workflow files of a project, absolute, in order of their names. Folders that do not exist are empty. */
export function listWorkflowFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => yamlFile.test(name) && !name.startsWith('.'))
      .toSorted()
      .map((name) => join(folder, name)),
  );
}

/** Names that `runner run` takes, as the files' stems. */
export function workflowNames(folders: readonly string[]): readonly string[] {
  return [...workflowPaths(folders).keys()];
}

/** The file of each name: the first, where folders share one. */
export function workflowPaths(folders: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const file of listWorkflowFiles(folders)) {
    const name = basename(file).replace(yamlFile, '');
    if (!paths.has(name)) paths.set(name, file);
  }
  return paths;
}

/**
 * The file that a person means with a path or a workflow's name; the path is relative to the current folder.
 * @throws RunnerError WORKFLOW_NOT_FOUND, with the nearest names
 */
export function findWorkflowFile(nameOrFile: string, folders: readonly string[], cwd: string): string {
  if (looksLikeFile(nameOrFile)) return resolve(cwd, nameOrFile);
  const found = listWorkflowFiles(folders).find((file) => basename(file).replace(yamlFile, '') === nameOrFile);
  if (found !== undefined) return found;
  const names = workflowNames(folders);
  const places = folders.map((folder) => displayPath(folder, cwd)).join(', ');
  throw new RunnerError('WORKFLOW_NOT_FOUND', `No workflow is called "${nameOrFile}".`, {
    hint:
      names.length === 0
        ? `There is no workflow in ${places}. Name a file instead.`
        : knownWorkflows(nameOrFile, names),
  });
}

function knownWorkflows(name: string, names: readonly string[]): string {
  const nearest = didYouMean(name, names);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  return `Known workflows: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`;
}

type FileErrorCode = 'WORKFLOW_NOT_FOUND' | 'CONFIG_INVALID' | 'USAGE';

/**
 * The bytes of a file that a person has written: a workflow, `runner.yaml`, a lock. A pipe or device is refused before
 * it can block, a huge file before it is read.
 * @param maxBytes a workflow and `runner.yaml` may have 256 KB
 * @throws RunnerError with `code`
 */
export async function readProjectFile(
  path: string,
  shownAs: string,
  code: FileErrorCode,
  maxBytes = maxFileBytes,
): Promise<Buffer> {
  const refuse = (why: string, hint?: string, cause?: unknown): RunnerError =>
    new RunnerError(code, `${shownAs} ${why}.`, { ...(hint === undefined ? {} : { hint }), cause });
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw refuse(...whyUnreadable(cause, code), cause);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuse(stats.isDirectory() ? 'is a folder' : 'is not a regular file', 'Name a file.');
    if (stats.size > maxBytes) {
      const hint =
        code === 'WORKFLOW_NOT_FOUND' ? 'Split the workflow into several files.' : 'Check that it is this file.';
      throw refuse(`has ${stats.size} bytes; the limit is ${maxBytes}`, hint);
    }
    return await readWhole(handle, stats.size === 0 ? maxBytes + 1 : stats.size).catch((cause: unknown) => {
      throw refuse(...whyUnreadable(cause, code), cause);
    });
  } finally {
    await handle.close();
  }
}

/** Not more than it claimed to hold: files of the kernel claim nothing, and some of them never end. */
async function readWhole(handle: FileHandle, mostBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(mostBytes);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/** A path as people type it: relative when it lies below the current folder. */
export function displayPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}

function whyUnreadable(cause: unknown, asked: FileErrorCode): [why: string, hint: string] {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const more = asked === 'WORKFLOW_NOT_FOUND' ? '; `runner validate` lists the workflows of this project' : '';
    return ['does not exist', `Check the path${more}.`];
  }
  if (code === 'EACCES' || code === 'EPERM') return ['may not be read', 'Change its permissions.'];
  return [`cannot be read (${code ?? 'unknown reason'})`, 'Check the file and the disk.'];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
