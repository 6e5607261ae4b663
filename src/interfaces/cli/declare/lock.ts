import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';

/** The command that pins tools to what somebody reviewed. */
export function addLockCommand(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('lock')
    .description('write runner.lock.yaml: the tools that the workflows use, as they are now')
    .option('--check', 'write nothing; tell what differs, and end with 1 when something breaks')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExamples:\n  $ runner lock\n  $ runner lock --check')
    .action((flags: { check?: boolean; json?: boolean }) =>
      perform(async () => (await import('../commands/lock.ts')).lock(context, flags)),
    );
}
