import { Option } from 'commander';
import type { Command } from 'commander';
import type { CostsFlags } from '../commands/costs.ts';
import type { CliContext } from '../context.ts';
import { parseSince } from './options.ts';
import type { Perform } from './perform.ts';

/** Commands that show what is counted over all runs. */
export function addLedgerCommands(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('budgets')
    .description('how much of each budget is used, and when the next call is free')
    .option('--json', 'print a JSON document')
    .action((flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/budgets.ts')).budgets(context, flags)),
    );
  program
    .command('costs')
    .description('what calls have cost, by day, workflow, tool or run')
    .addOption(
      new Option('--by <what>', 'what to add up by').choices(['day', 'workflow', 'tool', 'run']).default('day'),
    )
    .option('--since <time>', 'since this day (UTC): a duration such as 7d, or a time', parseSince)
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner costs --by tool --since 7d')
    .action((flags: CostsFlags) => perform(async () => (await import('../commands/costs.ts')).costs(context, flags)));
}
