import { runWorkflow } from '../../../app/run-workflow.ts';
import type { CliContext } from '../context.ts';
import type { RunFlags } from '../declare/runs.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import { readInputArguments } from '../read-arguments.ts';
import { reportRun } from '../report-run.ts';
import { watchRun } from '../watch-run.ts';
import { withApp } from '../with-app.ts';

/** `runner run` */
export function run(context: CliContext, workflow: string, flags: RunFlags): Promise<number> {
  const { terminal } = context;
  return withApp(
    context,
    { sandbox: flags.sandbox === true, readOnly: flags.readOnly === true, workflow },
    async (app) => {
      const inputs = await readInputArguments(context, flags.input ?? [], flags.inputs);
      const request = { workflow, inputs, dryRun: flags.dryRun === true, cache: flags.cache };
      const watcher = await createWatcher(terminal);
      const watched = await watchRun({ terminal, watcher }, (observer) => runWorkflow(app, request, observer));
      return reportRun(terminal, watched, flags.json === true);
    },
  );
}
