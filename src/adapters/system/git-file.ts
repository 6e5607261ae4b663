import { execFile } from 'node:child_process';

const mostBytes = 16 * 1_048_576;
const mostMs = 5_000;

/**
 * The text of a file as it was at a commit, asked of git; undefined where git, the commit or the file is not there.
 * @param folder where the file is
 */
export function fileAtCommit(folder: string, commit: string, name: string): Promise<string | undefined> {
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: mostBytes, timeout: mostMs } as const;
  return new Promise((resolve) => {
    execFile('git', ['show', `${commit}:./${name}`], options, (error, text) => resolve(error ? undefined : text));
  });
}
