import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RunnerError } from '../model/errors.ts';
import type { App } from './app.ts';
import { backedUpFiles, manifestName, type BackupManifest } from './backup.ts';

export interface RestoreReport {
  readonly manifest: BackupManifest;
  /** Absolute folder with what was there before; absent where nothing was. */
  readonly replaced?: string;
  /** Runs that were open when the backup was made. */
  readonly paused: readonly string[];
}

/**
 * Puts a backup in place of the journal and the limits of a project that no process uses. Runs that were open when it was
 * made are paused: they may have gone on since.
 * @throws RunnerError BACKUP_UNUSABLE, PROJECT_IN_USE, STORAGE_*: the project is as it was then
 */
export async function restore(app: App, folder: string): Promise<RestoreReport> {
  const source = resolve(app.cwd, folder);
  const { home } = app.configuration;
  const manifest = readManifest(source, folder);
  const [files, { isOwnerAlive }] = await Promise.all([
    import('../adapters/sqlite/restore-journal.ts'),
    import('../adapters/system/owner.ts'),
  ]);
  await verify(source, folder, manifest);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  files.clearStage(home);
  try {
    for (const { name } of manifest.files) copyFileSync(join(source, name), files.stagedFile(home, name));
    const now = app.clock.now();
    const paused = await files.prepareJournalCopy(files.stagedFile(home, 'journal.db'), now);
    const replaced = join(home, `replaced-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
    const hadJournal = existsSync(join(home, 'journal.db'));
    await files.putInPlace({ home, replaced, isAlive: isOwnerAlive, now });
    return { manifest, paused, ...(hadJournal && { replaced }) };
  } finally {
    files.clearStage(home);
  }
}

function readManifest(source: string, folder: string): BackupManifest {
  const file = join(source, manifestName);
  if (!existsSync(file)) throw unusable(`${folder} holds no backup: there is no ${manifestName} in it.`);
  const manifest = parse(readFileSync(file, 'utf8'));
  if (manifest?.format !== 1 || !Array.isArray(manifest.files)) {
    throw unusable(`${join(folder, manifestName)} was not written by this version of Runner.`);
  }
  const names = manifest.files.map((file: BackupManifest['files'][number] | null) => file?.name ?? '');
  if (!names.includes('journal.db') || names.some((name) => !backedUpFiles.includes(name))) {
    throw unusable(`${join(folder, manifestName)} does not name the files of a backup.`);
  }
  return manifest;
}

function parse(text: string): BackupManifest | undefined {
  try {
    return JSON.parse(text) as BackupManifest;
  } catch {
    return undefined;
  }
}

async function verify(source: string, folder: string, { files }: BackupManifest): Promise<void> {
  const { factsOf } = await import('../adapters/sqlite/copy-database.ts');
  for (const { name, sha256 } of files) {
    if (!existsSync(join(source, name))) throw unusable(`${join(folder, name)} is missing.`);
    const found = await factsOf(join(source, name));
    if (found.sha256 !== sha256) throw unusable(`${join(folder, name)} is not as it was when the backup was made.`);
  }
}

function unusable(message: string): RunnerError {
  return new RunnerError('BACKUP_UNUSABLE', message, { hint: 'Take another backup; the project was not touched.' });
}
