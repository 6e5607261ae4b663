import { CommanderError } from 'commander';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { createTerminal } from './terminal/terminal.ts';

/** Runs one command to its end and leaves the process with its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const context: CliContext = {
    terminal: createTerminal(process, process.env),
    cwd: process.cwd(),
    variables: process.env,
  };
  const asJson = argv.includes('--json');
  process.stdout.on('error', leaveOnLostOutput);
  process.stderr.on('error', () => undefined);
  // What escapes every handler is a defect; it gets a sentence and an exit code like any other end.
  process.on('uncaughtException', (error) => void leaveSurely(context, error, asJson));
  let code: number = exitCodes.success;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) return leaveWithError(context, error, asJson);
    code = usageCode(error);
  }
  await leave(code);
}

async function leaveWithError(context: CliContext, error: unknown, asJson: boolean): Promise<void> {
  const { reportError } = await import('./report-error.ts');
  await leave(reportError(context, error, asJson));
}

/** Where even the report fails (the package was replaced meanwhile, say), the failure must not come back for ever. */
async function leaveSurely(context: CliContext, error: unknown, asJson: boolean): Promise<void> {
  try {
    await leaveWithError(context, error, asJson);
  } catch {
    process.exit(exitCodes.failed);
  }
}

/** Commander has already printed help, version or what is wrong. */
function usageCode(error: CommanderError): number {
  return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
}

/** `runner logs … | head` is no fault: the reader has had enough. A result that could not be written is one. */
function leaveOnLostOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.success);
  process.stderr.write(`error: the result could not be written to stdout: ${error.message}.\n`);
  process.exit(exitCodes.failed);
}

/** Ends the process when stdout has taken everything; a stray handle must not keep a finished command waiting. */
async function leave(code: number): Promise<void> {
  await new Promise<void>((resolve) => {
    // A failed write speaks up one turn later, as an event.
    process.stdout.write('', () => setImmediate(resolve));
  });
  process.exit(code);
}
