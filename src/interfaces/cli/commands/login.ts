import { login, logout } from '../../../app/server-login.ts';
import type { LoginReport } from '../../../app/server-login.ts';
import { RunnerError } from '../../../model/errors.ts';
import { formatDuration } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { LoginFlags } from '../declare/login.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import { withApp } from '../with-app.ts';

/** How long a person may take. */
const patienceMs = 300_000;
const logoutMs = 30_000;

/** `runner login <server>` */
export function logIn(context: CliContext, server: string, flags: LoginFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const opensBrowser = flags.browser && terminal.live;
    const show = (address: string, port: number): void => {
      terminal.note(opensBrowser ? 'Your browser should open this address; if not, open it:' : 'Open this address:');
      terminal.note(`\n  ${printableLine(address)}\n`);
      terminal.note(
        `The browser must run on this machine, or reach port ${port} of it: ssh -L ${port}:127.0.0.1:${port}`,
      );
    };
    const signal = AbortSignal.timeout(patienceMs);
    const report = await login(app, server, { port: flags.port, opensBrowser, show, signal }).catch(
      (cause: unknown) => {
        if (!signal.aborted) throw cause;
        throw new RunnerError('LOGIN_FAILED', `Nobody logged in at "${server}" within ${formatDuration(patienceMs)}.`, {
          hint: `Try again with: runner login ${server}`,
          cause,
        });
      },
    );
    if (flags.json) terminal.json(describe(server, report));
    else terminal.print(printableLine(told(server, report, app.clock.now())));
    return exitCodes.success;
  });
}

/** `runner logout <server>` */
export function logOut(context: CliContext, server: string, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const { wasLoggedIn, revoked } = await logout(app, server, AbortSignal.timeout(logoutMs));
    if (flags.json) terminal.json({ server, was_logged_in: wasLoggedIn, revoked });
    else if (!wasLoggedIn) terminal.print(`There was no login at ${printableLine(server)}.`);
    else {
      terminal.print(`Logged out of ${printableLine(server)}.`);
      if (!revoked)
        terminal.note('Its authorization server was not told: revoke the access there, too, if others had it.');
    }
    return exitCodes.success;
  });
}

function describe(server: string, { authorizationServer, scope, renewable, expiresAt }: LoginReport): object {
  return {
    server,
    authorization_server: authorizationServer,
    scope: scope ?? null,
    renewable,
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
}

function told(server: string, { authorizationServer, scope, renewable, expiresAt }: LoginReport, now: number): string {
  const may = scope === undefined ? '' : `, for ${scope}`;
  const end =
    renewable || expiresAt === undefined ? '' : `; it ends in ${formatDuration(expiresAt - now)}, then log in again`;
  return `Logged in at ${server} through ${authorizationServer}${may}${end}.`;
}
