import { openSandbox } from '../../../app/tool-bridge.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

/** `runner sandbox`: serves until a signal comes. */
export function sandbox(context: CliContext, { port }: { readonly port: number }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const running = await openSandbox(app.configuration.home, port);
    terminal.print(`The sandbox listens on ${running.url}; it touches no real service. Stop it with Ctrl-C.`);
    terminal.note(`Use it from elsewhere with: MCP_BRIDGE_URL=${running.url} runner run …`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    });
    await running.close();
    return exitCodes.success;
  });
}
