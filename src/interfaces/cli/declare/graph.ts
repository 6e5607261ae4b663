import { Option } from 'commander';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';

export interface GraphFlags {
  readonly format: 'text' | 'mermaid' | 'svg';
  readonly run?: string;
  readonly json?: boolean;
}

/** The command that draws workflows. */
export function addGraphCommand(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('graph')
    .argument(
      '[workflow]',
      'path of a workflow file, or name of a workflow of this project; may be left out with --run',
    )
    .description('draw what a workflow does, for the terminal, as Mermaid or as an image')
    .addOption(new Option('--format <format>', 'how it is drawn').choices(['text', 'mermaid', 'svg']).default('text'))
    .option('--run <run>', 'with the states of the steps in this run')
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  $ runner graph health_recovery\n  $ runner graph --format svg --run 20261122-150538 > run.svg',
    )
    .action((workflow: string | undefined, flags: GraphFlags) =>
      perform(async () => (await import('../commands/graph.ts')).graph(context, workflow, flags)),
    );
}
