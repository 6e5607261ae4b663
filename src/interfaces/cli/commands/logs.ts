import { lineOfEvent } from '../../../app/event-lines.ts';
import type { EventLine } from '../../../app/event-lines.ts';
import { showRun } from '../../../app/runs.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { withRecords } from '../with-app.ts';

/** `runner logs`: told from the journal, so nothing can be missing. */
export function logs(
  context: CliContext,
  id: string,
  flags: { readonly all?: boolean; readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const { events, record } = await showRun(app, id);
    const lines = events
      .filter((event) => flags.all === true || event.type === 'log.written' || lineOfEvent(event).level !== 'debug')
      .map(lineOfEvent);
    if (flags.json) terminal.json({ run_id: record.id, lines: lines.map(describe) });
    else for (const line of lines) terminal.print(lineText(line, terminal.style));
    return exitCodes.success;
  });
}

function describe({ at, level, step, text }: EventLine): object {
  return { at: new Date(at).toISOString(), level, step: step ?? null, text };
}

function lineText({ at, level, step, text }: EventLine, style: Style): string {
  const paint =
    level === 'error' ? style.red : level === 'warn' ? style.yellow : level === 'debug' ? style.dim : undefined;
  const time = style.dim(new Date(at).toISOString());
  const body = printableLine(step === undefined ? text : `${step}: ${text}`);
  return `${time} ${level.padEnd(5)} ${paint ? paint(body) : body}`;
}
