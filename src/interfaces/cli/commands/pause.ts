import { pauseRun } from '../../../app/pause-run.ts';
import { showRun } from '../../../app/runs.ts';
import { userName } from '../../../app/user-name.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { paintStatus } from '../render/status.ts';
import { withApp } from '../with-app.ts';

const patienceMs = 30_000;

/** `runner pause`. Success is that it is paused now, or will be when its calls in flight have ended. */
export function pause(context: CliContext, run: string, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const { id, status } = await pauseRun(app, run, { by: userName(), patienceMs });
    if (flags.json) terminal.json((await showRun(app, id)).document);
    else if (status === 'paused') {
      terminal.print(`run ${id} is ${paintStatus(status, terminal.style)}`);
      terminal.note(`Continue it with: runner resume ${id}`);
    } else {
      terminal.print(`run ${id} is ${paintStatus(status, terminal.style)}`);
      terminal.note('It was asked to pause, and does so as soon as its calls in flight have ended.');
    }
    return status === 'paused' || status === 'running' || status === 'waiting' ? exitCodes.success : exitCodes.failed;
  });
}
