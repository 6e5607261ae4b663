import { resolveRun } from '../../../app/continue-run.ts';
import { userName } from '../../../app/user-name.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { CliContext } from '../context.ts';
import type { ResolveFlags } from '../declare/runs.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import { parseJson } from '../read-arguments.ts';
import { reportRun } from '../report-run.ts';
import { watchRun } from '../watch-run.ts';
import { withAppOfRun } from '../with-app.ts';

/** `runner resolve` */
export function resolve(context: CliContext, run: string, flags: ResolveFlags): Promise<number> {
  const { terminal } = context;
  if (flags.output !== undefined && flags.as !== 'done') {
    throw new RunnerError('USAGE', `--output says what a call gave, so it goes with --as done, not ${flags.as}.`);
  }
  const output = flags.output === undefined ? {} : { output: parseJson(flags.output, '--output') };
  const resolution = { step: flags.step, as: flags.as, by: userName(), ...output };
  return withAppOfRun(context, { run, sandbox: flags.sandbox === true }, async (app) => {
    const watcher = await createWatcher(terminal);
    const watched = await watchRun({ terminal, watcher }, (observer) => resolveRun(app, run, resolution, observer));
    return reportRun(terminal, watched, flags.json === true);
  });
}
