import { Argument } from 'commander';
import type { Command } from 'commander';
import type { ConfigFlags } from '../commands/config.ts';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** What completion scripts ask for words that only the project knows. */
export const offerCommand = 'offer';

/** Commands that look at files and surroundings. */
export function addInspectionCommands(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('validate')
    .argument('[paths...]', 'files, folders or names; all workflows of the project when left out')
    .description('check workflow files and show every fault at once; never uses the network')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExamples:\n  $ runner validate\n  $ runner validate workflows/health_recovery.yaml')
    .action((paths: readonly string[], flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/validate.ts')).validate(context, paths, flags)),
    );
  program
    .command('config')
    .description('show every setting in effect, and where it comes from')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'what would be in effect with this flag')
    .option('--read-only', 'what would be in effect with this flag')
    .addHelpText('after', '\nExample:\n  $ runner config --env production')
    .action((flags: ConfigFlags) =>
      perform(async () => (await import('../commands/config.ts')).config(context, flags)),
    );
  program
    .command('doctor')
    .description('look at everything that a run needs, and say what to do about it')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'look at the sandbox in place of the bridge')
    .addHelpText('after', '\nExample:\n  $ runner doctor --env production')
    .action((flags: { json?: boolean; sandbox?: boolean }) =>
      perform(async () => (await import('../commands/doctor.ts')).doctor(context, flags)),
    );
  program
    .command(offerCommand, { hidden: true })
    .argument('<kind>')
    .action((kind: string) => perform(async () => (await import('../commands/offer.ts')).offer(context, kind)));
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .description('print a completion script')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(runner completion bash)
  $ runner completion zsh > "\${fpath[1]}/_runner"
  $ runner completion fish > ~/.config/fish/completions/runner.fish`,
    )
    .action((shell: Shell) =>
      perform(async () => (await import('../commands/completion.ts')).completion(context, program, shell)),
    );
}
