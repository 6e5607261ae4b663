import type { App } from '../../../app/app.ts';
import { resumeRun } from '../../../app/continue-run.ts';
import { queueWorkflow, runWorkflow } from '../../../app/run-workflow.ts';
import type { RunRequest } from '../../../app/run-workflow.ts';
import { showRun } from '../../../app/runs.ts';
import type { Asker } from '../asking/asker.ts';
import { createAsker } from '../asking/create-asker.ts';
import type { CliContext } from '../context.ts';
import type { RunFlags } from '../declare/runs.ts';
import { exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import type { RunWatcher } from '../progress/watcher.ts';
import { readInputArguments } from '../read-arguments.ts';
import { paintStatus } from '../render/status.ts';
import { reportRun } from '../report-run.ts';
import type { Terminal } from '../terminal/terminal.ts';
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
      const park = flags.wait ? 'people' : 'always';
      const request: RunRequest = { workflow, inputs, dryRun: flags.dryRun === true, cache: flags.cache, park };
      if (flags.queue === true || flags.runKey !== undefined) return queueFirst(context, app, { request, flags });
      const watcher = await createWatcher(terminal);
      const asker = await askerFor(terminal, watcher, flags);
      const watched = await watchRun({ terminal, watcher, asker }, (observer) => runWorkflow(app, request, observer));
      return reportRun(terminal, watched, flags.json === true);
    },
  );
}

/** Nothing is executed that was started with the same key before, and with `--queue` nothing at all. */
async function queueFirst(
  context: CliContext,
  app: App,
  { request, flags }: { readonly request: RunRequest; readonly flags: RunFlags },
): Promise<number> {
  const { terminal } = context;
  const { priority, runKey } = flags;
  const placement = { ...(priority === undefined ? {} : { priority }), ...(runKey === undefined ? {} : { runKey }) };
  const { id, isNew } = await queueWorkflow(app, request, placement);
  if (!isNew) return tellKnown(context, app, { id, flags });
  if (flags.queue === true) {
    if (flags.json) terminal.json((await showRun(app, id)).document);
    else {
      terminal.print(`run ${id} is ${paintStatus('queued', terminal.style)}`);
      terminal.note('A worker takes it: runner work');
    }
    return exitCodes.success;
  }
  const watcher = await createWatcher(terminal);
  const asker = await askerFor(terminal, watcher, flags);
  const watched = await watchRun({ terminal, watcher, asker }, (observer) => resumeRun(app, id, observer));
  return reportRun(terminal, watched, flags.json === true);
}

/** Nobody can answer where stdin has been read to its end. */
async function askerFor(terminal: Terminal, watcher: RunWatcher, flags: RunFlags): Promise<Asker | undefined> {
  if (flags.json === true || !flags.wait || flags.inputs === '-') return undefined;
  return createAsker(terminal, watcher);
}

async function tellKnown(
  { terminal }: CliContext,
  app: App,
  { id, flags }: { readonly id: string; readonly flags: RunFlags },
): Promise<number> {
  const { document } = await showRun(app, id);
  terminal.note(`Run ${id} was started with the key "${flags.runKey ?? ''}" before; nothing is started.`);
  if (flags.json) terminal.json(document);
  else terminal.print(`run ${id} is ${paintStatus(document.status, terminal.style)}`);
  return exitCodeOfStatus(document.status);
}
