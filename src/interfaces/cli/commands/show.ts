import { describeRunDetails } from '../../../app/run-details.ts';
import { showRun } from '../../../app/runs.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { detailLines } from '../render/details.ts';
import { withRecords } from '../with-app.ts';

/** `runner show` */
export function show(context: CliContext, id: string, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const details = await showRun(app, id);
    if (flags.json) terminal.json(describeRunDetails(details));
    else for (const line of detailLines(details, terminal.style)) terminal.print(line);
    return exitCodes.success;
  });
}
