import { InvalidFileError } from '../../app/invalid-file-error.ts';
import { RunnerError } from '../../model/errors.ts';
import type { CliContext } from './context.ts';
import { exitCodeOfError } from './exit-codes.ts';
import { annotateDiagnostic } from './render/annotations.ts';
import { diagnosticText } from './render/diagnostics.ts';
import { printable } from './terminal/printable.ts';

/** Says what stopped the command and what to do; a stack is shown only with RUNNER_DEBUG=1. @returns the exit code */
export function reportError({ terminal, variables }: CliContext, error: unknown, asJson: boolean): number {
  const fault = error instanceof RunnerError ? error : ownDefect(error);
  const { noteStyle: style } = terminal;
  const diagnostics = fault instanceof InvalidFileError ? fault.diagnostics : [];
  for (const diagnostic of diagnostics) {
    terminal.note(`${diagnosticText(diagnostic, style)}\n`);
    if (terminal.annotates) annotateDiagnostic(terminal, diagnostic);
  }
  terminal.note(`${style.red('error')} ${style.bold(fault.code)}: ${printable(fault.message)}`);
  if (fault.hint !== undefined) terminal.note(printable(fault.hint));
  if (variables['RUNNER_DEBUG'] === '1' && error instanceof Error) terminal.note(printable(stackOf(error)));
  if (asJson) {
    const { code, message, hint = null } = fault;
    terminal.json({ success: false, error: { code, message, hint }, diagnostics });
  }
  return exitCodeOfError(fault.code);
}

function ownDefect(cause: unknown): RunnerError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RunnerError('INTERNAL', `Runner met a defect of its own: ${message}`, {
    hint: 'Nothing that was journalled is lost. Run it again with RUNNER_DEBUG=1 and report what it prints.',
    cause,
  });
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
}
