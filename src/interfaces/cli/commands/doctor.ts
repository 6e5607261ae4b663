import { examine } from '../../../app/doctor.ts';
import type { Checkup } from '../../../app/checkup.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';

/** `runner doctor`. Fails when something would keep a run from working. */
export async function doctor(
  context: CliContext,
  flags: { readonly json?: boolean; readonly sandbox?: boolean },
): Promise<number> {
  const { terminal, cwd, variables, environment } = context;
  const findings = await examine({ cwd, variables, environment, sandbox: flags.sandbox === true }, (app) =>
    terminal.redactWith(app.configuration.redactor),
  );
  const isHealthy = findings.every(({ verdict }) => verdict !== 'fail');
  if (flags.json) terminal.json({ healthy: isHealthy, checks: findings });
  else for (const line of findings.flatMap((each) => linesOf(each, terminal.style))) terminal.print(line);
  return isHealthy ? exitCodes.success : exitCodes.failed;
}

function linesOf({ subject, verdict, text, remedy }: Checkup, style: Style): readonly string[] {
  const line = `${paintVerdict(verdict, style)}  ${subject.padEnd(13)}  ${printable(text)}`;
  return remedy === undefined ? [line] : [line, `${' '.repeat(21)}${printable(remedy)}`];
}

function paintVerdict(verdict: Checkup['verdict'], style: Style): string {
  switch (verdict) {
    case 'ok':
      return style.green('ok  ');
    case 'warn':
      return style.yellow('warn');
    case 'fail':
      return style.red('fail');
  }
}
