import { clearCache, reportCache, turnCache } from '../../../app/cache.ts';
import type { CacheReport, SharedReport } from '../../../app/cache.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseToolFilter } from '../read-tool-filter.ts';
import { quantity } from '../render/values.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

export interface ClearFlags {
  readonly server?: string;
  readonly tool?: string;
  readonly json?: boolean;
}

/** `runner cache stats` */
export function stats(context: CliContext, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const report = await reportCache(app);
    if (flags.json) terminal.json(describe(report));
    else print(terminal, report);
    return exitCodes.success;
  });
}

/** `runner cache clear [server/tool]` */
export function clear(context: CliContext, tool: string | undefined, flags: ClearFlags): Promise<number> {
  const { terminal } = context;
  const { server, tool: only } = flags;
  const filter = {
    ...parseToolFilter(tool),
    ...(server === undefined ? {} : { server }),
    ...(only === undefined ? {} : { tool: only }),
  };
  return withApp(context, {}, async (app) => {
    const { cleared, shared } = await clearCache(app, filter);
    if (flags.json) terminal.json({ cleared, ...sharedPart(shared) });
    else {
      terminal.print(`${quantity(cleared, 'result')} forgotten`);
      noteTrouble(terminal, shared);
    }
    return shared?.trouble === undefined ? exitCodes.success : exitCodes.failed;
  });
}

/** `runner cache on` and `runner cache off` */
export function turn(context: CliContext, state: 'on' | 'off', flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const { isOn, because } = turnCache(app, state);
    if (flags.json) terminal.json({ on: isOn, because });
    else if (isOn === (state === 'on')) {
      terminal.print(`The cache is ${state}. Runs that are under way follow within a second.`);
    } else {
      terminal.print(`The cache stays off here: ${because} says so.`);
    }
    return exitCodes.success;
  });
}

function describe(report: CacheReport): object {
  const { isOn, because, entries, bytes, expired, hits, misses, maxEntries, maxBytes, byServer } = report;
  return {
    on: isOn,
    because,
    entries,
    bytes,
    expired,
    max_entries: maxEntries,
    max_bytes: maxBytes,
    hits,
    misses,
    hit_rate: hits + misses === 0 ? 0 : hits / (hits + misses),
    servers: byServer,
    trouble: report.trouble ?? null,
    ...sharedPart(report.shared),
  };
}

function sharedPart(shared: SharedReport | undefined): object {
  return shared === undefined ? {} : { shared: { place: shared.place, trouble: shared.trouble ?? null } };
}

function print(terminal: Terminal, report: CacheReport): void {
  const { isOn, because, entries, bytes, expired, hits, misses, byServer } = report;
  terminal.print(`${quantity(entries, 'result')}, ${quantity(bytes, 'byte')}, ${expired} of them expired`);
  for (const each of byServer) terminal.print(`  ${printableLine(each.server)}  ${each.entries}`);
  terminal.print(`${quantity(hits, 'hit')}, ${quantity(misses, 'miss', 'misses')}`);
  terminal.print(isOn ? 'The cache is on.' : `The cache is off: ${because} says so.`);
  if (report.trouble !== undefined) terminal.note(printableLine(`! ${report.trouble}`));
  if (report.shared && report.shared.trouble === undefined) terminal.print(`Shared through ${report.shared.place}`);
  noteTrouble(terminal, report.shared);
}

function noteTrouble(terminal: Terminal, shared: SharedReport | undefined): void {
  if (shared?.trouble === undefined) return;
  const { place, trouble } = shared;
  terminal.note(printableLine(`! The shared cache at ${place} is of no use now: ${trouble} Runs go on without it.`));
}
