import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';

export interface ManualFlags {
  readonly all?: boolean;
  readonly note?: string;
  readonly json?: boolean;
}

/** Commands about calls that are left to a person. */
export function addManualCommands(program: Command, context: CliContext, perform: Perform): void {
  const manual = program
    .command('manual')
    .description('calls that failed for good and wait for a person')
    .option('--all', 'also those that are done')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExamples:\n  $ runner manual\n  $ runner manual done 3f2a91c0 --note "created by hand"')
    .action((flags: ManualFlags) =>
      perform(async () => (await import('../commands/manual.ts')).listManual(context, flags)),
    );
  manual
    .command('show')
    .argument('<id>', 'id of a task, or its beginning')
    .description('what was called, with which parameters, and what went wrong')
    .option('--json', 'print a JSON document')
    .action((id: string, _: unknown, command: Command) =>
      perform(async () => (await import('../commands/manual.ts')).showManual(context, id, command.optsWithGlobals())),
    );
  manual
    .command('done')
    .argument('<id>', 'id of a task, or its beginning')
    .description('say that it has been done')
    .option('--note <text>', 'what was done')
    .option('--json', 'print a JSON document')
    .action((id: string, _: unknown, command: Command) =>
      perform(async () => (await import('../commands/manual.ts')).closeManual(context, id, command.optsWithGlobals())),
    );
}
