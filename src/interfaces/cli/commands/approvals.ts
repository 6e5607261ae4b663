import { listApprovals } from '../../../app/approvals.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { approvalLines, describeApproval } from '../render/approvals.ts';
import { withRecords } from '../with-app.ts';

/** `runner approvals` */
export function approvals(
  context: CliContext,
  run: string | undefined,
  flags: { readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const open = await listApprovals(app, run);
    if (flags.json) terminal.json({ approvals: open.map(describeApproval) });
    else if (open.length === 0) terminal.note('Nothing waits for approval.');
    else {
      for (const [index, listing] of open.entries()) {
        if (index > 0) terminal.print('');
        for (const line of approvalLines(listing, terminal.style, app.clock.now())) terminal.print(line);
      }
    }
    return exitCodes.success;
  });
}
