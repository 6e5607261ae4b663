import { openSandbox } from '../../../app/tool-bridge.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

/** `runner sandbox`: serves until a signal comes. */
export function sandbox(context: CliContext, { port }: { readonly port: number }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const running = await openSandbox(app.configuration.home, port);
    const isOver = nextSignal();
    terminal.print(`The sandbox listens on ${running.url}; it touches no real service. Stop it with Ctrl-C.`);
    terminal.note(`Use it from elsewhere with: MCP_BRIDGE_URL=${running.url} runner run …`);
    await isOver;
    await running.close();
    return exitCodes.success;
  });
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
