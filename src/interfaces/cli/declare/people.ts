import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { collect } from './options.ts';
import type { Perform } from './perform.ts';

export interface DecideFlags {
  readonly form?: readonly string[];
  readonly comment?: string;
  readonly binding?: string;
  readonly continue: boolean;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

export interface EventFlags {
  readonly data?: readonly string[];
  readonly run?: string;
  readonly json?: boolean;
}

/** Commands by which people answer what runs ask them. */
export function addPeopleCommands(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('approvals')
    .argument('[run]', 'id of the run, or a part of it that no other run has')
    .description('questions of runs that wait for a person')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner approvals')
    .action((run: string | undefined, flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/approvals.ts')).approvals(context, run, flags)),
    );
  addDecision(program, { context, perform, approved: true });
  addDecision(program, { context, perform, approved: false });
  program
    .command('event')
    .argument('<name>', 'name of the event')
    .description('send an event to the runs that wait for it')
    .option('-d, --data <json>', 'what it carries: JSON, @file, or name=value', collect)
    .option('--run <run>', 'only for this run and those that it has started')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner event payment.settled --data order=4711 --data amount:=12.5')
    .action((name: string, flags: EventFlags) =>
      perform(async () => (await import('../commands/event.ts')).event(context, name, flags)),
    );
}

function addDecision(
  program: Command,
  { context, perform, approved }: { context: CliContext; perform: Perform; approved: boolean },
): void {
  const command = program
    .command(approved ? 'approve' : 'reject')
    .argument('<run>', 'id of the run, or a part of it that no other run has')
    .argument('[step]', 'the step that asks, where the run asks more than one thing')
    .description(approved ? 'approve what a run asks for' : 'reject what a run asks for');
  if (approved) command.option('--form <name=value>', 'a field of its form; name:=json for JSON', collect);
  command
    .option('--comment <text>', 'why, for those who read it later')
    .option('--binding <hash>', 'only if this is still what is asked (from `runner approvals --json`)')
    .option('--no-continue', 'only store the vote, where no process has the run')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'for a run that began in the sandbox')
    .addHelpText('after', `\nExample:\n  $ runner ${approved ? 'approve' : 'reject'} 20261122-150538 --comment "seen"`)
    .action((run: string, step: string | undefined, flags: DecideFlags) =>
      perform(async () => (await import('../commands/decide.ts')).decide(context, { run, step, approved }, flags)),
    );
}
