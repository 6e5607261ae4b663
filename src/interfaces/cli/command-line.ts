import { CommanderError } from 'commander';
import { RunnerError } from '../../model/errors.ts';
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
    const fault = error instanceof CommanderError ? usageError(error) : error;
    if (fault !== undefined) return leaveWithError(context, fault, asJson);
    if (error instanceof CommanderError && error.exitCode !== 0) code = exitCodes.usage;
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

/** What commander found wrong; undefined where it has printed help or the version. */
function usageError({ code, message }: CommanderError): RunnerError | undefined {
  const [first = '', suggestion] = message.split('\n');
  const fault = /^error: (.)(.*?)\.?$/.exec(first);
  if (!code.startsWith('commander.') || fault === null) return undefined;
  const hint = suggestion?.replace(/^\((.*)\)$/, '$1');
  return new RunnerError('USAGE', `${fault[1]?.toUpperCase()}${fault[2]}.`, {
    hint: [...(hint === undefined ? [] : [hint]), 'Add --help for the usage.'].join(' '),
  });
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
