import { compareLock, writeProjectLock } from '../../../app/lock/lock-tools.ts';
import type { LockReport, ToolDrift } from '../../../app/lock/lock-tools.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

export interface LockFlags {
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `runner lock [--check]` */
export function lock(context: CliContext, flags: LockFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const report = flags.check ? await compareLock(app) : await writeProjectLock(app);
    const isBroken = isBreaking(report);
    if (flags.json) terminal.json({ ok: !isBroken, ...report });
    else print(terminal, report, flags.check === true);
    return flags.check && isBroken ? exitCodes.failed : exitCodes.success;
  });
}

function isBreaking({ drifts, unlocked }: LockReport): boolean {
  return unlocked.length > 0 || drifts.some(({ changes }) => changes.some(({ change }) => change.breaking));
}

function print(terminal: Terminal, report: LockReport, isCheck: boolean): void {
  for (const drift of report.drifts) for (const line of driftLines(drift, terminal)) terminal.print(line);
  const told = (names: readonly string[], text: string): void => {
    for (const name of names) terminal.print(`${printableLine(name)}: ${text}`);
  };
  told(report.unlocked, isCheck ? 'used, and not in the lock; `runner lock` adds it' : 'new in the lock');
  told(report.unused, isCheck ? 'in the lock, and not used any more' : 'used no more, and taken out');
  const warn = (names: readonly string[], text: string): void => {
    for (const name of names) terminal.note(`${terminal.noteStyle.yellow('!')} ${printableLine(name)}: ${text}`);
  };
  warn(report.unknown, 'no server that answers has a tool of this name that could be reviewed');
  warn(report.down, 'did not answer; its tools are compared as they were last seen');
  warn(report.unread, 'cannot be run, so nobody knows which tools it uses; see `runner validate`');
  terminal.print(verdict(report, isCheck));
}

function driftLines({ tool, changes }: ToolDrift, { style }: Terminal): readonly string[] {
  return [
    style.bold(printableLine(tool)),
    ...changes.flatMap(({ change: { text, breaking }, breaks }) => [
      `  ${breaking ? style.red('breaking') : style.dim('harmless')}  ${printableLine(text)}`,
      ...breaks.map(({ file, line, step }) => `            breaks ${printableLine(`${file}:${line} ${step}`)}`),
    ]),
  ];
}

function verdict(report: LockReport, isCheck: boolean): string {
  const known = report.used - report.unknown.length;
  if (!isCheck) return `runner.lock.yaml holds ${known} of ${report.used} used tools; review it and commit it.`;
  if (isBreaking(report)) return 'The lock does not hold. Accept what changed with `runner lock`, and commit the file.';
  return `The lock holds: ${known} tools are as they were reviewed.`;
}
