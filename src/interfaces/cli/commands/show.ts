import { describeRunDetails } from '../../../app/run-details.ts';
import { showRun } from '../../../app/runs.ts';
import type { CliContext } from '../context.ts';
import type { ShowFlags } from '../declare/runs.ts';
import { exitCodes } from '../exit-codes.ts';
import { detailLines } from '../render/details.ts';
import { withRecords } from '../with-app.ts';

/** `runner show`: how a run stands, once or until it ends. */
export async function show(context: CliContext, id: string, flags: ShowFlags): Promise<number> {
  if (flags.follow) return (await import('../follow-run.ts')).followRun(context, id, flags);
  const { terminal } = context;
  const unfolds = flags.all === true;
  return withRecords(context, async (app) => {
    const details = await showRun(app, id, { keepsAll: unfolds });
    const options = { style: terminal.style, now: Date.now(), columns: terminal.tableColumns(), unfolds };
    if (flags.json) terminal.json(describeRunDetails(details));
    else for (const line of detailLines(details, options)) terminal.print(line);
    return exitCodes.success;
  });
}
