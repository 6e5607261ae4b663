import { InvalidArgumentError, type Command } from 'commander';
import type { RunStatus } from '../../../model/states.ts';
import { parseDuration } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import { parseStatuses } from './options.ts';
import type { Perform } from './perform.ts';

export interface PruneFlags {
  readonly dryRun?: boolean;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly keep?: number;
  readonly status?: readonly RunStatus[];
  readonly json?: boolean;
}

export interface StorageFlags {
  readonly json?: boolean;
}

/** Commands about what is kept on disk. */
export function addStorageCommands(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('prune')
    .description('remove runs that have ended and are kept no longer')
    .option('--dry-run', 'only say which')
    .option('--older-than <duration>', 'only those that ended so long ago, such as 30d', parseAge)
    .option('--keep <number>', 'keep so many of the newest of each workflow', parseKept)
    .option('--status <status>', 'only those that ended so; several with commas', parseStatuses)
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExamples:\n  $ runner prune --older-than 30d --dry-run\n  $ runner prune --keep 100')
    .action((flags: PruneFlags) =>
      perform(async () => (await import('../commands/prune.ts')).pruneRuns(context, flags)),
    );
  program
    .command('backup')
    .argument('<folder>', 'a folder that is not there yet')
    .description('copy the journal and the limits, while runs go on')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner backup backups/monday')
    .action((folder: string, flags: StorageFlags) =>
      perform(async () => (await import('../commands/backup.ts')).backupProject(context, folder, flags)),
    );
  program
    .command('restore')
    .argument('<folder>', 'what `runner backup` has made')
    .description('put a backup in place of the journal; open runs are paused')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner restore backups/monday')
    .action((folder: string, flags: StorageFlags) =>
      perform(async () => (await import('../commands/backup.ts')).restoreProject(context, folder, flags)),
    );
}

function parseAge(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Give a duration such as 12h or 30d.');
  return ms;
}

function parseKept(text: string): number {
  const kept = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(kept <= 1_000_000)) throw new InvalidArgumentError('Give a number from 0 to 1000000.');
  return kept;
}
