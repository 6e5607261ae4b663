import { cancelRun } from '../../../app/cancel-run.ts';
import { showRun } from '../../../app/runs.ts';
import { userName } from '../../../app/user-name.ts';
import type { CliContext } from '../context.ts';
import type { CancelFlags } from '../declare/runs.ts';
import { exitCodes } from '../exit-codes.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import { paintStatus } from '../render/status.ts';
import { withAppOfRun } from '../with-app.ts';

const patienceMs = 30_000;

/** `runner cancel`. Success is that the run has ended as cancelled. */
export function cancel(context: CliContext, run: string, flags: CancelFlags): Promise<number> {
  const { terminal } = context;
  return withAppOfRun(context, { run, sandbox: flags.sandbox === true }, async (app) => {
    const watcher = await createWatcher(terminal);
    const { id, status } = await cancelRun(app, run, {
      by: userName(),
      observer: watcher,
      graceMs: flags.grace,
      patienceMs: flags.grace + patienceMs,
    }).finally(() => watcher.ends());
    if (flags.json) terminal.json((await showRun(app, id)).document);
    else terminal.print(`run ${id} is ${paintStatus(status, terminal.style)}`);
    return status === 'cancelled' ? exitCodes.success : exitCodes.failed;
  });
}
