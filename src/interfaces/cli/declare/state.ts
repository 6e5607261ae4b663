import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { parseSpan } from './options.ts';
import type { Perform } from './perform.ts';

export interface StateFlags {
  readonly workflow?: string;
  readonly expires?: number;
  readonly text?: boolean;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

/** Commands about the values that `state` steps keep over runs. */
export function addStateCommands(program: Command, context: CliContext, perform: Perform): void {
  const state = program.command('state').description('values that workflows keep over runs');
  const add = (name: string, description: string): Command =>
    state
      .command(name)
      .description(description)
      .option('--workflow <name>', 'of this workflow; else those that the project shares')
      .option('--json', 'print a JSON document');
  add('list', 'all that is kept')
    .addHelpText('after', '\nExample:\n  $ runner state list')
    .action((flags: StateFlags) =>
      perform(async () => (await import('../commands/state.ts')).listState(context, flags)),
    );
  add('get', 'one value')
    .argument('<name>', 'name of the value')
    .action((name: string, flags: StateFlags) =>
      perform(async () => (await import('../commands/state.ts')).getState(context, name, flags)),
    );
  add('set', 'keep a value')
    .argument('<name>', 'name of the value')
    .argument('<json>', 'the value as JSON')
    .option('--text', 'the value is a text, not JSON')
    .option('--expires <duration>', 'forget it after that time: 90m, 7d', parseSpan)
    .option('--sandbox', 'for runs in the sandbox')
    .action((name: string, value: string, flags: StateFlags) =>
      perform(async () => (await import('../commands/state.ts')).setState(context, name, value, flags)),
    );
  add('delete', 'forget a value')
    .argument('<name>', 'name of the value')
    .option('--sandbox', 'for runs in the sandbox')
    .action((name: string, flags: StateFlags) =>
      perform(async () => (await import('../commands/state.ts')).deleteState(context, name, flags)),
    );
}
