import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const commitId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * The commit that the working copy around `folder` stands on, read from its files without starting git. Undefined
 * outside a repository, before the first commit, and for forms of storage that this does not read (reftable).
 */
export function currentCommit(folder: string): string | undefined {
  const gitFolder = findGitFolder(resolve(folder));
  if (gitFolder === undefined) return undefined;
  const head = readText(join(gitFolder, 'HEAD'))?.trim();
  if (head === undefined) return undefined;
  const commit = head.startsWith('ref: ') ? resolveRef(gitFolder, head.slice(5)) : head;
  return commit !== undefined && commitId.test(commit) ? commit : undefined;
}

function findGitFolder(folder: string): string | undefined {
  const entry = join(folder, '.git');
  const stats = statSync(entry, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return entry;
  if (stats?.isFile() === true) return linkedGitFolder(entry);
  const parent = dirname(folder);
  return parent === folder ? undefined : findGitFolder(parent);
}

/** In a worktree or submodule `.git` is a file that names the folder. */
function linkedGitFolder(file: string): string | undefined {
  const target = /^gitdir: (.+)$/m.exec(readText(file) ?? '')?.[1];
  return target === undefined ? undefined : resolve(dirname(file), target.trim());
}

function resolveRef(gitFolder: string, ref: string): string | undefined {
  const common = readText(join(gitFolder, 'commondir'))?.trim();
  const folders = common === undefined ? [gitFolder] : [gitFolder, resolve(gitFolder, common)];
  for (const folder of folders) {
    const commit = readText(join(folder, ref))?.trim() ?? packedRef(folder, ref);
    if (commit !== undefined) return commit;
  }
  return undefined;
}

function packedRef(folder: string, ref: string): string | undefined {
  const lines = readText(join(folder, 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
