import { planAgain, startAgain } from '../../../app/again.ts';
import type { AgainRequest } from '../../../app/again.ts';
import type { App } from '../../../app/app.ts';
import type { InputArgument } from '../../../app/inputs.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { CliContext } from '../context.ts';
import type { AgainFlags } from '../declare/again.ts';
import { exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import { readPair } from '../read-arguments.ts';
import { describePlan, planLines } from '../render/again.ts';
import { reportRun } from '../report-run.ts';
import { watchRun } from '../watch-run.ts';
import { withAppOfRun } from '../with-app.ts';

/** `runner retry`, `runner fork`, `runner rerun`: a new run out of another one. */
export function again(
  context: CliContext,
  { kind, run }: Pick<AgainRequest, 'kind' | 'run'>,
  flags: AgainFlags,
): Promise<number> {
  const { from } = flags;
  if (kind === 'fork' && from === undefined) {
    throw new RunnerError('USAGE', 'Say from which step on the new run does its own work.', {
      hint: `runner fork ${run} --from <step>; for all of it: runner rerun ${run}`,
    });
  }
  return withAppOfRun(context, { run, sandbox: flags.sandbox === true }, async (app) => {
    const pairs = (given: readonly string[] = []): Promise<InputArgument[]> =>
      Promise.all(given.map((pair) => readPair(context, pair)));
    const request: AgainRequest = {
      kind,
      run,
      ...(from === undefined ? {} : { from }),
      withLatest: flags.withLatest === true,
      keepChanged: flags.keep === true,
      inputs: await pairs(flags.input),
      edits: await pairs(flags.set),
    };
    return perform(context, app, request, flags);
  });
}

async function perform(context: CliContext, app: App, request: AgainRequest, flags: AgainFlags): Promise<number> {
  const { terminal } = context;
  const plan = await planAgain(app, request);
  const lines = planLines(plan);
  if (flags.plan === true) {
    if (flags.json) terminal.json(describePlan(plan));
    else for (const line of lines) terminal.print(line);
    return exitCodes.success;
  }
  for (const line of lines) terminal.note(line);
  const watcher = await createWatcher(terminal);
  const watched = await watchRun({ terminal, watcher }, (observer) => startAgain(app, plan, observer));
  if (!flags.json) return reportRun(terminal, watched, false);
  terminal.json({ ...watched.document, origin: describePlan(plan) });
  return exitCodeOfStatus(watched.document.status);
}
