import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';

/** Commands that take over what other programs have. */
export function addImportCommands(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('import')
    .description('take over what other programs have')
    .command('mcp')
    .argument('<file>', 'configuration of Claude Desktop, Cursor, VS Code or another MCP client')
    .description('add the MCP servers of another client to runner.yaml')
    .option('--force', 'replace servers of the same names')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner import mcp .cursor/mcp.json')
    .action((file: string, flags: { force?: boolean; json?: boolean }) =>
      perform(async () => (await import('../commands/import.ts')).importMcp(context, file, flags)),
    );
}
