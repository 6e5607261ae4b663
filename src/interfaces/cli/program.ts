import { Command } from 'commander';
import { runnerVersion } from '../../app/version.ts';
import type { CliContext } from './context.ts';
import { addAgainCommands } from './declare/again.ts';
import { addBreakerCommands } from './declare/breakers.ts';
import { addGraphCommand } from './declare/graph.ts';
import { addImportCommands } from './declare/import.ts';
import { addInspectionCommands } from './declare/inspection.ts';
import { addLedgerCommands } from './declare/ledger.ts';
import { addLockCommand } from './declare/lock.ts';
import { addLoginCommands } from './declare/login.ts';
import { addManualCommands } from './declare/manual.ts';
import { addPeopleCommands } from './declare/people.ts';
import type { Perform } from './declare/perform.ts';
import { addRunCommands } from './declare/runs.ts';
import { addStorageCommands } from './declare/storage.ts';
import { addStateCommands } from './declare/state.ts';
import { addToolCommands } from './declare/tools.ts';
import { addWorkCommand } from './declare/work.ts';

const overview = `
Examples:
  $ runner run workflows/health_recovery.yaml --input service_id=srv-demo
  $ runner validate
  $ runner runs --status failed --since 1d
  $ runner show 20261122-150538
  $ runner call render/render_get_service serviceId=srv-demo

Exit codes: 0 success, 1 run failed, 2 usage, configuration or invalid workflow,
3 timed out, 4 waits, 5 needs attention, 6 storage cannot be used,
130 cancelled, 143 stopped (can be resumed).`;

/**
 * Every command with its arguments and help, but none of their code. `--env` is an option of them all.
 * @param finish is given the exit code of the command that ran
 */
export function createProgram(given: CliContext, finish: (code: number) => void): Command {
  const { terminal } = given;
  const context: { -readonly [Key in keyof CliContext]: CliContext[Key] } = { ...given };
  const perform: Perform = async (command) => finish(await command());
  const program = new Command('runner')
    .description('Runs declarative workflows: YAML in git, executed durably, well told.')
    .version(runnerVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .option('--env <name>', 'use the settings of this environment of runner.yaml (also RUNNER_ENV)')
    .helpCommand('help [command]', 'explain a command')
    // With their arguments, commands would leave no room for what they do on 80 columns.
    .configureHelp({ subcommandTerm: (command) => command.name(), minWidthToWrap: 20 })
    .hook('preAction', (_, command) => {
      const { env } = command.optsWithGlobals<{ env?: string }>();
      if (env !== undefined) context.environment = env;
    })
    .configureOutput({
      // What is wrong is said where every error is said.
      outputError: () => undefined,
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText('after', overview);
  addRunCommands(program, context, perform);
  addAgainCommands(program, context, perform);
  addWorkCommand(program, context, perform);
  addPeopleCommands(program, context, perform);
  addStateCommands(program, context, perform);
  addToolCommands(program, context, perform);
  addStorageCommands(program, context, perform);
  addLockCommand(program, context, perform);
  addBreakerCommands(program, context, perform);
  addInspectionCommands(program, context, perform);
  addGraphCommand(program, context, perform);
  addImportCommands(program, context, perform);
  addLoginCommands(program, context, perform);
  addLedgerCommands(program, context, perform);
  addManualCommands(program, context, perform);
  return program;
}
