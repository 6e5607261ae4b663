import { importServers } from '../../../app/import-servers.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';

/** `runner import mcp <file>` */
export async function importMcp(
  context: CliContext,
  file: string,
  flags: { readonly force?: boolean; readonly json?: boolean },
): Promise<number> {
  const { terminal, cwd } = context;
  const report = await importServers({ cwd, file, force: flags.force === true });
  if (flags.json) terminal.json(report);
  else {
    terminal.print(`Added to ${printableLine(report.file)}: ${printableLine(report.servers.join(', '))}`);
    for (const note of report.notes) terminal.note(printableLine(note));
  }
  return exitCodes.success;
}
