import type { App } from '../../../app/app.ts';
import { resumeRun } from '../../../app/continue-run.ts';
import { RunnerError } from '../../../model/errors.ts';
import { createAsker } from '../asking/create-asker.ts';
import type { CliContext } from '../context.ts';
import type { ResumeFlags } from '../declare/runs.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import { reportRun } from '../report-run.ts';
import { watchRun } from '../watch-run.ts';
import { withAppOfRun } from '../with-app.ts';

/** `runner resume` */
export function resume(context: CliContext, run: string | undefined, flags: ResumeFlags): Promise<number> {
  if ((run === undefined) === (flags.all !== true)) {
    throw new RunnerError('USAGE', 'Name one run, or say --all.', { hint: 'See the runs with: runner runs' });
  }
  if (run === undefined) return resumeEach(context, flags);
  return withAppOfRun(context, { run, sandbox: flags.sandbox === true }, (app) => resumeOne(context, app, run, flags));
}

async function resumeEach(context: CliContext, flags: ResumeFlags): Promise<number> {
  const { resumeAll } = await import('./resume-all.ts');
  return resumeAll(context, { json: flags.json === true, sandbox: flags.sandbox === true });
}

async function resumeOne(context: CliContext, app: App, run: string, flags: ResumeFlags): Promise<number> {
  const { terminal } = context;
  const watcher = await createWatcher(terminal);
  const options = { force: flags.force === true };
  const asker = flags.json ? undefined : await createAsker(terminal, watcher);
  const watched = await watchRun({ terminal, watcher, asker }, (observer) => resumeRun(app, run, observer, options));
  return reportRun(terminal, watched, flags.json === true);
}
