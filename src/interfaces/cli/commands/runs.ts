import { listRuns } from '../../../app/runs.ts';
import type { RunListing } from '../../../app/runs.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { RunsFlags } from '../declare/runs.ts';
import { exitCodes } from '../exit-codes.ts';
import { paintStatus } from '../render/status.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { tableLines } from '../terminal/table.ts';
import { withApp } from '../with-app.ts';

/** `runner runs` */
export function runs(context: CliContext, flags: RunsFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const list = await listRuns(app, {
      limit: flags.limit,
      ...(context.environment === undefined ? {} : { environment: context.environment }),
      ...(flags.workflow === undefined ? {} : { workflow: flags.workflow }),
      ...(flags.status === undefined ? {} : { statuses: flags.status }),
      ...(flags.since === undefined ? {} : { startedAfter: flags.since }),
    });
    if (flags.json) terminal.json({ runs: list });
    else if (list.length === 0) terminal.note('No run matches.');
    else for (const line of table(list, terminal.style, terminal.tableColumns())) terminal.print(line);
    return exitCodes.success;
  });
}

function table(list: readonly RunListing[], style: Style, columns: number): readonly string[] {
  const hasEnvironments = list.some(({ environment }) => environment !== null);
  const rows = list.map((run) => [
    run.run_id,
    run.workflow,
    run.status,
    ...(hasEnvironments ? [run.environment ?? '-'] : []),
    formatTime(Date.parse(run.started_at)),
    formatDuration(run.duration_ms),
    printableLine(JSON.stringify(run.inputs)),
  ]);
  const [header = '', ...lines] = tableLines(
    [
      { title: 'RUN' },
      { title: 'WORKFLOW' },
      { title: 'STATUS' },
      ...(hasEnvironments ? [{ title: 'ENV' }] : []),
      // A run's id begins with its time.
      { title: 'STARTED', spare: 3 },
      { title: 'TOOK', align: 'right', spare: 1 },
      { title: 'INPUTS', flexible: true, spare: 2 },
    ],
    rows,
    columns,
  );
  const painted = lines.map((line, index) => {
    const status = list[index]?.status ?? 'queued';
    return line.replace(new RegExp(`(?<= )${status}(?= |$)`, 'u'), () => paintStatus(status, style));
  });
  return [style.dim(header), ...painted];
}
