import { listTools, syncTools } from '../../../app/tools.ts';
import type { KnownTool, ToolCatalogue } from '../../../app/tools.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import { fullName } from '../../../model/tool-versions.ts';
import type { CliContext } from '../context.ts';
import type { ToolsFlags } from '../declare/tools.ts';
import { exitCodes } from '../exit-codes.ts';
import { effectLines } from '../render/effects.ts';
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
    tools: known.map(describeTool),
  };
}

function describeTool(tool: KnownTool): object {
  const { server, name, description, parameters = null, output = null, annotations = null, calls, stale } = tool;
  return {
    server,
    name,
    version: tool.version ?? null,
    stands_for: tool.standsFor ?? null,
    description,
    parameters,
    output,
    annotations,
    effect: tool.effects[0].effect,
    first_seen: new Date(tool.firstSeenAt).toISOString(),
    last_seen: new Date(tool.lastSeenAt).toISOString(),
    last_used: tool.lastUsedAt === undefined ? null : new Date(tool.lastUsedAt).toISOString(),
    calls,
    stale,
  };
}

function print(terminal: Terminal, { tools: known, at }: ToolCatalogue, search: string | undefined, now: number): void {
  const exact = known.find((tool) => nameOf(tool) === search);
  if (exact) {
    for (const line of detailLines(exact)) terminal.print(line);
    return;
  }
  const rows = known.map((tool) => [
    printableLine(nameOf(tool)),
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
    printableLine(nameOf(tool)),
    ...(tool.standsFor === undefined ? [] : labelled('is', [printableLine(tool.standsFor)])),
    ...labelled('does', printable(tool.description.trim() || 'not described').split('\n')),
    ...labelled('params', tool.parameters === undefined ? ['not described'] : valueLines(tool.parameters)),
    ...(tool.output === undefined ? [] : labelled('result', valueLines(tool.output))),
    ...effectLines(tool.effects),
    ...labelled('seen', [`first ${formatTime(tool.firstSeenAt)}, last ${formatTime(tool.lastSeenAt)}`]),
    ...labelled('calls', [callsText(tool)]),
    ...(tool.stale ? labelled('stale', ['its server could not be read when the catalogue was read last']) : []),
  ];
}

function nameOf({ server, name: tool, version }: KnownTool): string {
  return fullName({ server, tool, ...(version !== undefined && { version }) });
}

function callsText({ calls, lastUsedAt }: KnownTool): string {
  return lastUsedAt === undefined ? String(calls) : `${calls}, the last ${formatTime(lastUsedAt)}`;
}
