import type { Command } from 'commander';
import type { ClearFlags } from '../commands/cache.ts';
import type { CliContext } from '../context.ts';
import type { Perform } from './perform.ts';
import { parseLimit, parsePort } from './options.ts';

export interface CallFlags {
  readonly readOnly?: boolean;
  readonly params?: string;
  readonly json?: boolean;
  readonly cache: boolean;
  readonly sandbox?: boolean;
}

export interface ToolsFlags {
  readonly server?: string;
  readonly json?: boolean;
  readonly sandbox?: boolean;
}

export interface HistoryFlags {
  readonly limit: number;
  readonly server?: string;
  readonly tool?: string;
  readonly failed?: boolean;
  readonly json?: boolean;
}

/** Commands around tools: call, catalogue, metrics, execution log, cache, sandbox. */
export function addToolCommands(program: Command, context: CliContext, perform: Perform): void {
  addCall(program, context, perform);
  addCatalogue(program, context, perform);
  addMetrics(program, context, perform);
  addCache(program, context, perform);
  program
    .command('sandbox')
    .description('run the sandbox bridge alone, until Ctrl-C')
    .option('--port <port>', 'port on loopback; 0 takes any free one', parsePort, 4780)
    .addHelpText('after', '\nExample:\n  $ runner sandbox --port 4780')
    .action((flags: { port: number }) =>
      perform(async () => (await import('../commands/sandbox.ts')).sandbox(context, flags)),
    );
}

function addCall(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('call')
    .argument('<server/tool>', 'the tool')
    .argument('[name=value...]', 'parameters: name=text, name:=json, name=@file')
    .description('call one tool, logged, cached and guarded like a step')
    .option('--params <json>', 'all parameters as a JSON object; "-" reads stdin')
    .option('--json', 'print a JSON document about the call instead of the bare result')
    .option('--no-cache', 'neither use nor keep a cached result')
    .option('--read-only', 'refuse the call unless it only reads')
    .option('--sandbox', 'call the sandbox')
    .addHelpText(
      'after',
      `
Examples:
  $ runner call render/render_get_service serviceId=srv-demo
  $ runner call supabase/sql_query --params '{"query":"SELECT 1 AS one"}'`,
    )
    .action((tool: string, pairs: readonly string[], flags: CallFlags) =>
      perform(async () => (await import('../commands/call.ts')).call(context, { tool, pairs }, flags)),
    );
}

function addCatalogue(program: Command, context: CliContext, perform: Perform): void {
  const tools = program
    .command('tools')
    .argument('[search]', 'words of its name or description, or server/tool for all details of one')
    .description('list the tools of all servers, and how often each was called here')
    .option('--server <name>', 'only tools of this server')
    .option('--json', 'print a JSON document')
    .option('--sandbox', 'the tools of the sandbox')
    .addHelpText('after', '\nExamples:\n  $ runner tools restart\n  $ runner tools render/render_restart_service')
    .action((search: string | undefined, flags: ToolsFlags) =>
      perform(async () => (await import('../commands/tools.ts')).tools(context, search, flags)),
    );
  tools
    .command('sync')
    .description('read the catalogue from all servers anew')
    .option('--json', 'print a JSON document')
    .action((_: object, command: Command) =>
      perform(async () => (await import('../commands/tools.ts')).syncCatalogue(context, command.optsWithGlobals())),
    );
  addExplain(tools, context, perform);
}

function addExplain(tools: Command, context: CliContext, perform: Perform): void {
  tools
    .command('explain')
    .argument('<server/tool>', 'the tool')
    .description('say whether calls of a tool count as read, idempotent or write, and why')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner tools explain supabase/sql_query')
    .action((tool: string, _: object, command: Command) =>
      perform(async () =>
        (await import('../commands/tools-explain.ts')).explain(context, tool, command.optsWithGlobals()),
      ),
    );
}

function addMetrics(program: Command, context: CliContext, perform: Perform): void {
  program
    .command('metrics')
    .argument('[server/tool]', 'one tool, or one server')
    .description('calls, failures, durations, cache hits, retries and fallbacks per tool')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner metrics render/render_get_service')
    .action((tool: string | undefined, flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/metrics.ts')).metrics(context, tool, flags)),
    );
  program
    .command('history')
    .description('the last calls, newest first')
    .option('--limit <n>', 'at most so many', parseLimit, 20)
    .option('--server <name>', 'only calls of this server')
    .option('--tool <name>', 'only calls of this tool; also server/tool')
    .option('--failed', 'only calls that failed')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ runner history --failed --limit 50')
    .action((flags: HistoryFlags) =>
      perform(async () => (await import('../commands/history.ts')).history(context, flags)),
    );
}

function addCache(program: Command, context: CliContext, perform: Perform): void {
  const cache = program.command('cache').description('results of reads that are kept');
  cache
    .command('stats')
    .description('how much is kept, and of which servers')
    .option('--json', 'print a JSON document')
    .action((flags: { json?: boolean }) =>
      perform(async () => (await import('../commands/cache.ts')).stats(context, flags)),
    );
  cache
    .command('clear')
    .argument('[server/tool]', 'only results of this tool, or of this server')
    .description('forget what is kept')
    .option('--server <name>', 'only results of this server')
    .option('--tool <name>', 'only results of tools of this name')
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  $ runner cache clear render/render_get_service\n  $ runner cache clear --server render',
    )
    .action((tool: string | undefined, flags: ClearFlags) =>
      perform(async () => (await import('../commands/cache.ts')).clear(context, tool, flags)),
    );
  for (const state of ['on', 'off'] as const) {
    cache
      .command(state)
      .description(`switch the cache ${state}, also for runs that are under way`)
      .option('--json', 'print a JSON document')
      .action((flags: { json?: boolean }) =>
        perform(async () => (await import('../commands/cache.ts')).turn(context, state, flags)),
      );
  }
}
