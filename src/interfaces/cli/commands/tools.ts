import { listTools, syncTools } from '../../../app/tools.ts';
import type { KnownTool, ToolCatalogue } from '../../../app/tools.ts';
import { formatDuration } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { ToolsFlags } from '../declare/tools.ts';
import { exitCodes } from '../exit-codes.ts';
import { labelled, valueLines } from '../render/values.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

/** `runner tools [search]` */
export function tools(context: CliContext, search: string | undefined, flags: ToolsFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, { sandbox: flags.sandbox === true }, async (app) => {
    const catalogue = await listTools(app, {
      ...(flags.server === undefined ? {} : { server: flags.server }),
      ...(search === undefined ? {} : { search }),
    });
    if (flags.json) terminal.json(describe(catalogue));
    else print(terminal, catalogue, search, app.clock.now());
    return exitCodes.success;
  });
}

/** `runner tools sync` */
export function syncCatalogue(context: CliContext, flags: ToolsFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, { sandbox: flags.sandbox === true }, async (app) => {
    const { tools: read, down } = await syncTools(app);
    const servers = [...new Set(read.map(({ server }) => server))];
    const problems = down.map(({ server, error }) => ({ server, code: error.code, message: error.message }));
    if (flags.json) terminal.json({ tools: read.length, servers, down: problems });
    else {
      terminal.print(`${read.length} tools of ${servers.length} servers: ${printableLine(servers.join(', '))}`);
      for (const { server, message } of problems) {
        terminal.note(`${terminal.noteStyle.yellow('!')} ${printableLine(`${server}: ${message}`)}`);
      }
    }
    return exitCodes.success;
  });
}

function describe({ tools: known, at }: ToolCatalogue): object {
  return {
    read_at: new Date(at).toISOString(),
    tools: known.map(({ server, name, description, parameters = null, calls, stale }) => ({
      server,
      name,
      description,
      parameters,
      calls,
      stale,
    })),
  };
}

function print(terminal: Terminal, { tools: known, at }: ToolCatalogue, search: string | undefined, now: number): void {
  const exact = known.find(({ server, name }) => `${server}/${name}` === search);
  if (exact) {
    for (const line of detailLines(exact)) terminal.print(line);
    return;
  }
  const rows = known.map((tool) => [
    printableLine(`${tool.server}/${tool.name}`),
    String(tool.calls),
    printableLine(`${tool.stale ? '(stale) ' : ''}${tool.description}`),
  ]);
  const columns = [
    { title: 'TOOL' },
    { title: 'CALLS', align: 'right' },
    { title: 'DESCRIPTION', flexible: true },
  ] as const;
  if (known.length === 0) terminal.note('No tool matches.');
  else {
    const [header = '', ...lines] = tableLines(columns, rows, terminal.tableColumns());
    terminal.print(terminal.style.dim(header));
    for (const line of lines) terminal.print(line);
  }
  terminal.note(
    terminal.noteStyle.dim(`Catalogue read ${formatDuration(now - at)} ago; \`runner tools sync\` reads it anew.`),
  );
}

function detailLines(tool: KnownTool): readonly string[] {
  return [
    printableLine(`${tool.server}/${tool.name}`),
    ...labelled('does', printable(tool.description).split('\n')),
    ...labelled('params', tool.parameters === undefined ? ['not described'] : valueLines(tool.parameters)),
    ...labelled('calls', [String(tool.calls)]),
    ...labelled('stale', tool.stale ? ['its server could not be read when the catalogue was read last'] : []),
  ];
}
