import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { collect } from './options.ts';
import type { Perform } from './perform.ts';

export interface AgainFlags {
  readonly from?: string;
  readonly withLatest?: boolean;
  readonly input?: readonly string[];
  readonly set?: readonly string[];
  readonly keep?: boolean;
  readonly plan?: boolean;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

type Kind = 'retry' | 'fork' | 'rerun';

const descriptions: Readonly<Record<Kind, string>> = {
  retry: 'try a run that failed again: a new run that keeps what succeeded',
  fork: 'a new run that keeps what another one did before a step, edited where you say so',
  rerun: 'a new run with the same inputs, from the beginning',
};

const examples: Readonly<Record<Kind, string>> = {
  retry: '\nExamples:\n  $ runner retry 20261122-150538\n  $ runner retry 20261122-150538 --with-latest --plan',
  fork: '\nExample:\n  $ runner fork 20261122-150538 --from restart --set status.state=down',
  rerun: '\nExample:\n  $ runner rerun 20261122-150538 --with-latest',
};

/** Commands that make a new run out of another one. */
export function addAgainCommands(program: Command, context: CliContext, perform: Perform): void {
  for (const kind of ['retry', 'fork', 'rerun'] as const) add(program, kind, { context, perform });
}

function add(
  program: Command,
  kind: Kind,
  { context, perform }: { readonly context: CliContext; readonly perform: Perform },
): void {
  const command = program
    .command(kind)
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .description(descriptions[kind]);
  if (kind === 'retry') command.option('--from <step>', 'from this step on, not from where it failed');
  if (kind === 'fork') {
    command.option('--from <step>', 'the step from which on all is done anew');
    command.option('--set <path=value>', 'in a result that is kept, or inputs.<name>; := for JSON', collect);
  }
  command.option('--with-latest', 'with the workflow as it is in its file now');
  command.option('-i, --input <name=value>', 'an input that is to be another one', collect);
  if (kind !== 'rerun') {
    command.option('--keep', 'also results of steps that have changed');
    command.option('--plan', 'only say what would be kept and what done anew');
  }
  command
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'for a run that began in the sandbox')
    .addHelpText('after', examples[kind])
    .action((run: string, flags: AgainFlags) =>
      perform(async () => (await import('../commands/again.ts')).again(context, { kind, run }, flags)),
    );
}
