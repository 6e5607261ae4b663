import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';

export interface BreakerFlags {
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

export interface OpenBreakerFlags extends BreakerFlags {
  /** Milliseconds. */
  readonly for?: number;
}

/** Commands about circuit breakers. */
export function addBreakerCommands(program: Command, context: CliContext, perform: Perform): void {
  const breakers = program
    .command('breakers')
    .description('list circuit breakers that are open, or count failures')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'as for runs in the sandbox')
    .addHelpText('after', '\nExample:\n  $ runner breakers')
    .action((flags: BreakerFlags) =>
      perform(async () => (await import('../commands/breakers.ts')).breakers(context, flags)),
    );
  breakers
    .command('open')
    .argument('<key>', 'of the circuit: server/tool, or the "key" of the workflow')
    .description('refuse calls from now on, in every process')
    .option('--for <duration>', 'then let one call try: 10m, 2h', durationOf)
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'the circuit of the sandbox')
    .addHelpText('after', '\nExample:\n  $ runner breakers open render/render_restart_service --for 10m')
    .action((key: string, _: OpenBreakerFlags, command: Command) =>
      perform(async () => (await import('../commands/breakers.ts')).open(context, key, command.optsWithGlobals())),
    );
  breakers
    .command('close')
    .argument('<key>', 'of the circuit, as "runner breakers" shows it')
    .description('let calls through again, and forget the failures')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'the circuit of the sandbox')
    .addHelpText('after', '\nExample:\n  $ runner breakers close render/render_restart_service')
    .action((key: string, _: BreakerFlags, command: Command) =>
      perform(async () => (await import('../commands/breakers.ts')).close(context, key, command.optsWithGlobals())),
    );
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Give a duration such as 10m or 2h.');
  return ms;
}
