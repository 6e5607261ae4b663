import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { parseGrace, parseCount } from './options.ts';
import type { Perform } from './perform.ts';

export interface WorkFlags {
  readonly concurrency: number;
  readonly once?: boolean;
  readonly drain?: boolean;
  readonly grace: number;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

/** The command that executes what is queued. */
export function addWorkCommand(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('work')
    .description('execute queued runs, and go on with those that waited or lost their process')
    .option('--concurrency <n>', 'so many runs at once', parseCount, 10)
    .option('--once', 'what can go on now, then end')
    .option('--drain', 'until nothing is left that goes on without a person, then end')
    .option('--grace <duration>', 'how long calls in flight may take once it is to stop', parseGrace, 30_000)
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'for runs of the sandbox')
    .addHelpText('after', '\nExamples:\n  $ runner work\n  $ runner work --drain --concurrency 50')
    .action((flags: WorkFlags) => perform(async () => (await import('../commands/work.ts')).work(context, flags)));
}
