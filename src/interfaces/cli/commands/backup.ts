import { backUp } from '../../../app/backup.ts';
import { restore } from '../../../app/restore.ts';
import type { CliContext } from '../context.ts';
import type { StorageFlags } from '../declare/storage.ts';
import { exitCodes } from '../exit-codes.ts';
import { withRecords } from '../with-app.ts';

/** `runner backup` */
export function backupProject(context: CliContext, folder: string, flags: StorageFlags): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const manifest = await backUp(app, folder);
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    if (flags.json) terminal.json({ folder, ...manifest, files: manifest.files.map((file) => ({ ...file })) });
    else terminal.print(`${folder} holds the project as it was at ${manifest.created_at}: ${megabytes(bytes)}.`);
    return exitCodes.success;
  });
}

/** `runner restore` */
export function restoreProject(context: CliContext, folder: string, flags: StorageFlags): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const { manifest, replaced, paused } = await restore(app, folder);
    if (flags.json) {
      terminal.json({ created_at: manifest.created_at, replaced: replaced ?? null, paused: [...paused] });
      return exitCodes.success;
    }
    terminal.print(`The project is as it was at ${manifest.created_at}.`);
    if (replaced !== undefined) terminal.print(`What was there before is in ${replaced}.`);
    if (paused.length > 0) {
      terminal.note('');
      terminal.note('These runs were open then, and may have gone on since. They are paused: look at what they have');
      terminal.note('done, then continue each with `runner resume`, or end it with `runner cancel`.');
      for (const run of paused) terminal.note(`  ${run}`);
    }
    return exitCodes.success;
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
