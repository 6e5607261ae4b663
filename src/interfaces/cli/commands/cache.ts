import { cacheStats, clearCache } from '../../../app/telemetry.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseToolFilter } from '../read-tool-filter.ts';
import { printableLine } from '../terminal/printable.ts';
import { withApp } from '../with-app.ts';

/** `runner cache stats` */
export function stats(context: CliContext, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const { entries, bytes, expired, byServer } = await cacheStats(app);
    if (flags.json) terminal.json({ entries, bytes, expired, servers: byServer });
    else {
      terminal.print(`${entries} results, ${bytes} bytes, ${expired} of them expired`);
      for (const each of byServer) terminal.print(`  ${printableLine(each.server)}  ${each.entries}`);
    }
    return exitCodes.success;
  });
}

/** `runner cache clear [server/tool]` */
export function clear(
  context: CliContext,
  tool: string | undefined,
  flags: { readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const cleared = await clearCache(app, parseToolFilter(tool));
    if (flags.json) terminal.json({ cleared });
    else terminal.print(`${cleared} ${cleared === 1 ? 'result' : 'results'} forgotten`);
    return exitCodes.success;
  });
}
