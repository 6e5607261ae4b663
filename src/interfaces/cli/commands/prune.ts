import { prune, type PruneReport } from '../../../app/prune.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { RetentionPolicy } from '../../../model/retention.ts';
import { formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { PruneFlags } from '../declare/storage.ts';
import { exitCodes } from '../exit-codes.ts';
import { tableLines } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

/** `runner prune` */
export function pruneRuns(context: CliContext, flags: PruneFlags): Promise<number> {
  const { terminal } = context;
  const dryRun = flags.dryRun === true;
  return withApp(context, {}, async (app) => {
    const report = await prune(app, { policy: policyOf(flags), dryRun });
    if (flags.json) terminal.json(documentOf(report, dryRun));
    else tell(terminal, report, dryRun);
    return exitCodes.success;
  });
}

function policyOf({ olderThan, keep, status }: PruneFlags): RetentionPolicy {
  return {
    ...(olderThan !== undefined && { keepForMs: olderThan }),
    ...(keep !== undefined && { keepLast: keep }),
    ...(status !== undefined && { statuses: status }),
  };
}

function tell(terminal: Terminal, { runs, needed, freedBytes }: PruneReport, dryRun: boolean): void {
  if (dryRun) listRuns(terminal, runs);
  const count = runs.length === 1 ? 'One run' : `${runs.length} runs`;
  if (runs.length === 0) terminal.note('No run is to be removed.');
  else if (dryRun) terminal.note(`${count} would be removed.`);
  else terminal.print(`${count} removed, ${(freedBytes / 1_048_576).toFixed(1)} MB given back.`);
  if (needed.length > 0) terminal.note(`Kept, because open runs were made of them: ${needed.join(', ')}.`);
}

function listRuns(terminal: Terminal, runs: PruneReport['runs']): void {
  if (runs.length === 0) return;
  const rows = runs.map((run) => [run.id, run.workflow, run.status, formatTime(run.endedAt), String(run.children)]);
  const lines = tableLines(
    [
      { title: 'RUN' },
      { title: 'WORKFLOW', flexible: true },
      { title: 'STATUS' },
      { title: 'ENDED', spare: 1 },
      { title: 'CHILDREN', align: 'right', spare: 2 },
    ],
    rows,
    terminal.tableColumns(),
  );
  for (const line of lines) terminal.print(line);
}

function documentOf({ policy, runs, needed, definitions, freedBytes }: PruneReport, dryRun: boolean): JsonObject {
  const { keepForMs = null, keepLast = null, statuses = null } = policy;
  return {
    dry_run: dryRun,
    policy: { keep_for_ms: keepForMs, keep_last: keepLast, statuses },
    runs: runs.map(({ id, workflow, status, endedAt, children }) => ({
      run_id: id,
      workflow,
      status,
      ended_at: new Date(endedAt).toISOString(),
      children,
    })),
    needed,
    definitions,
    freed_bytes: freedBytes,
  };
}
