import { followRecords } from '../../app/follow-run.ts';
import { describeRunDetails } from '../../app/run-details.ts';
import { showRun } from '../../app/runs.ts';
import type { RunRecord } from '../../model/run-records.ts';
import type { CliContext } from './context.ts';
import type { ShowFlags } from './declare/runs.ts';
import { exitCodes } from './exit-codes.ts';
import { createWatcher } from './progress/create-watcher.ts';
import type { RunWatcher } from './progress/watcher.ts';
import { detailLines } from './render/details.ts';
import { withRecords } from './with-app.ts';

/** `runner show --follow`: the run as it goes on, whichever process works on it, then how it ended. */
export async function followRun(context: CliContext, id: string, flags: ShowFlags): Promise<number> {
  const { terminal } = context;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once('SIGINT', abort);
  try {
    return await withRecords(context, async (app) => {
      const { info, news } = await followRecords(app, id, stop.signal);
      const watcher = flags.json ? undefined : await createWatcher(terminal);
      watcher?.begins(info);
      try {
        const notes = createStandstillNotes(watcher);
        for await (const { record, events } of news) {
          watcher?.events(events);
          notes(record);
        }
      } finally {
        watcher?.ends();
      }
      if (stop.signal.aborted) return exitCodes.cancelled;
      const unfolds = flags.all === true;
      const details = await showRun(app, info.id, { keepsAll: unfolds });
      const options = { style: terminal.style, now: Date.now(), columns: terminal.tableColumns(), unfolds };
      if (flags.json) terminal.json(describeRunDetails(details));
      else for (const line of detailLines(details, options)) terminal.print(line);
      return exitCodes.success;
    });
  } finally {
    process.removeListener('SIGINT', abort);
  }
}

/** Says once that nobody works on the run, so that whoever watches need not wonder. */
function createStandstillNotes(watcher: RunWatcher | undefined): (record: RunRecord) => void {
  let last: RunRecord['status'] | undefined;
  return ({ id, status }) => {
    const isNew = status !== last;
    last = status;
    if (!isNew) return;
    if (status === 'interrupted') watcher?.note(`Nobody works on it now; continue it with: runner resume ${id}`);
    if (status === 'paused') watcher?.note(`It is paused; continue it with: runner resume ${id}`);
    if (status === 'needs_attention') watcher?.note(`It needs attention: runner show ${id}`);
  };
}
