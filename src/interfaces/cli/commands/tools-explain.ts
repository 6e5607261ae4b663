import { explainTool } from '../../../app/tools.ts';
import { fullName } from '../../../model/tool-versions.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { effectLines } from '../render/effects.ts';
import { printableLine } from '../terminal/printable.ts';
import { withApp } from '../with-app.ts';

/** `runner tools explain` */
export function explain(
  context: CliContext,
  text: string,
  flags: { readonly json?: boolean; readonly sandbox?: boolean },
): Promise<number> {
  const { terminal } = context;
  return withApp(context, { sandbox: flags.sandbox === true }, async (app) => {
    const tool = await explainTool(app, text);
    const { server, name: own, version } = tool;
    const name = { server, tool: own, ...(version !== undefined && { version }) };
    const isKnown = 'firstSeenAt' in tool;
    const [{ effect, from, because }] = tool.effects;
    if (flags.json) {
      terminal.json({
        tool: fullName(name),
        known: isKnown,
        effect,
        from,
        because,
        sources: tool.effects,
      });
      return exitCodes.success;
    }
    terminal.print(printableLine(fullName(name)));
    if (isKnown && tool.standsFor !== undefined) terminal.print(`stands for ${printableLine(tool.standsFor)}`);
    for (const line of effectLines(tool.effects)) terminal.print(line);
    if (!isKnown) terminal.note('The catalogue does not know this tool; `runner tools sync` reads it anew.');
    return exitCodes.success;
  });
}
