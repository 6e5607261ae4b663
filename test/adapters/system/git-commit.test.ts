import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { currentCommit } from '../../../src/adapters/system/git-commit.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the commit of a folder', () => {
  it('is the one that its branch stands on, also from a folder below', () => {
    const { folder, commit } = repository();
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });

    expect(currentCommit(folder)).toBe(commit);
    expect(currentCommit(join(folder, 'a', 'b'))).toBe(commit);
  });

  it('is found when the branch has been packed', () => {
    const { folder, commit } = repository();
    git(folder, 'pack-refs', '--all');

    expect(currentCommit(folder)).toBe(commit);
  });

  it('is found when no branch is checked out', () => {
    const { folder, commit } = repository();
    git(folder, 'checkout', '--detach');

    expect(currentCommit(folder)).toBe(commit);
  });

  it('is found in a worktree', () => {
    const { folder, commit } = repository();
    const tree = join(folder, 'tree');
    git(folder, 'worktree', 'add', '-b', 'feature/x', tree);

    expect(currentCommit(tree)).toBe(commit);
  });

  it('is unknown before the first commit', () => {
    const folder = temporaryFolder();
    git(folder, 'init');

    expect(currentCommit(folder)).toBeUndefined();
  });

  it('is unknown outside of a repository, and where the files make no sense', () => {
    const folder = temporaryFolder();

    expect(currentCommit(folder)).toBeUndefined();
    writeFileSync(join(folder, '.git'), 'nonsense');
    expect(currentCommit(folder)).toBeUndefined();
  });
});

function repository(): { readonly folder: string; readonly commit: string } {
  const folder = temporaryFolder();
  git(folder, 'init');
  git(folder, 'commit', '--allow-empty', '--message', 'first');
  return { folder, commit: git(folder, 'rev-parse', 'HEAD').trim() };
}

function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'core.hooksPath=/dev/null'];
  // Hooks hand these to their children, and they would lead away from the folder.
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...env } = process.env;
  return execFileSync('git', [...identity, ...args], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
}
