import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RunnerError } from '../model/errors.ts';
import { isoTime } from './iso-time.ts';
import type { App } from './app.ts';
import { runnerVersion } from './version.ts';

/** What a backup says of itself, in `manifest.json`. */
export interface BackupManifest {
  readonly format: 1;
  readonly runner: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly files: readonly BackupFile[];
}

export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is kept of a project; the first one must be there. */
export const backedUpFiles: readonly string[] = ['journal.db', 'limits.db'];

export const manifestName = 'manifest.json';

/**
 * Copies the journal and the limits into a new folder, while other processes may go on writing. The folder has its name
 * only once everything in it is whole and on disk.
 * @param folder must not exist, or be empty
 * @throws RunnerError USAGE, STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_FULL
 */
export async function backUp(app: App, folder: string): Promise<BackupManifest> {
  const target = resolve(app.cwd, folder);
  const { home } = app.configuration;
  if (existsSync(target) && readdirSync(target).length > 0) throw occupied(folder);
  const names = backedUpFiles.filter((name) => existsSync(join(home, name)));
  if (!names.includes('journal.db')) throw nothingThere(home);
  const { copyDatabase, waitForDisk } = await import('../adapters/sqlite/copy-database.ts');
  const unfinished = `${target}.unfinished-${process.pid}`;
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const files: BackupFile[] = [];
  for (const name of names) {
    files.push({ name, ...(await copyDatabase(join(home, name), join(unfinished, name))) });
  }
  const manifest: BackupManifest = {
    format: 1,
    runner: runnerVersion,
    created_at: isoTime(app.clock.now()),
    files,
  };
  const manifestFile = join(unfinished, manifestName);
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  waitForDisk(manifestFile);
  waitForDisk(unfinished);
  renameSync(unfinished, target);
  waitForDisk(dirname(target));
  return manifest;
}

function occupied(folder: string): RunnerError {
  return new RunnerError('USAGE', `${folder} is not empty.`, {
    hint: 'Give the name of a folder that is not there yet.',
  });
}

function nothingThere(home: string): RunnerError {
  return new RunnerError('USAGE', `There is no journal in ${home}, so there is nothing to back up.`, {
    hint: 'Call it inside the project, or set RUNNER_HOME as the runs had it.',
  });
}
