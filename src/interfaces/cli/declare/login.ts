import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { parsePort } from './options.ts';
import type { Perform } from './perform.ts';

export interface LoginFlags {
  readonly browser: boolean;
  readonly port: number;
  readonly json?: boolean;
}

/** Commands about who calls the MCP servers. */
export function addLoginCommands(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('login')
    .argument('<server>', 'an MCP server with `auth: { oauth: browser }` in runner.yaml')
    .description('log in at an MCP server with a browser')
    .option('--no-browser', 'only print the address')
    .option('--port <port>', 'port of 127.0.0.1 where the browser comes back to; 0 takes any free one', parsePort, 0)
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExamples:\n  $ runner login tracker\n  $ runner login tracker --no-browser --port 8976')
    .action((server: string, flags: LoginFlags) =>
      perform(async () => (await import('../commands/login.ts')).logIn(context, server, flags)),
    );
  program
    .command('logout')
    .argument('<server>', 'an MCP server of runner.yaml')
    .description('forget the login at an MCP server')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner logout tracker')
    .action((server: string, flags: { readonly json?: boolean }) =>
      perform(async () => (await import('../commands/login.ts')).logOut(context, server, flags)),
    );
}
