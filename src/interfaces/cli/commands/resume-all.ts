import type { App } from '../../../app/app.ts';
import type { RunDocument } from '../../../app/run-document.ts';
import { resumeRun, runsInDoubt } from '../../../app/continue-run.ts';
import { interruptedRuns } from '../../../app/run-environment.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { CliContext } from '../context.ts';
import { exitCodeOfError, exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import { paintStatus } from '../render/status.ts';
import { printable } from '../terminal/printable.ts';
import { formatDuration } from '../../../model/time.ts';
import { watchRun } from '../watch-run.ts';
import { withApp } from '../with-app.ts';

/** Runs continued at once by one process; the others follow as these end. */
const atOnce = 50;

type Ending =
  { readonly run: string; readonly document: RunDocument } | { readonly run: string; readonly fault: RunnerError };

export interface ResumeAllFlags {
  readonly json: boolean;
  readonly sandbox: boolean;
}

/**
 * Continues every interrupted run, each in the environment that it began in; one that cannot go on does not keep the
 * others from it.
 * @returns the worst exit code
 */
export async function resumeAll(context: CliContext, { json, sandbox }: ResumeAllFlags): Promise<number> {
  const { terminal } = context;
  const groups = await interruptedRuns(context, context.environment);
  const endings: Ending[] = [];
  const tell = (ending: Ending): void => {
    endings.push(ending);
    if (!json) terminal.print(endingText(context, ending));
  };
  for (const [environment, runs] of groups) {
    await withApp(context, { sandbox, environment }, (app) => continueAll(context, app, { runs, tell })).catch(
      (error: unknown) => {
        if (!(error instanceof RunnerError) || groups.size === 1) throw error;
        for (const run of runs) tell({ run, fault: error });
      },
    );
  }
  if (json) terminal.json({ runs: endings.map(describe) });
  else if (groups.size === 0) {
    await withApp(context, { sandbox }, async (app) => terminal.note(nothingToResume(await runsInDoubt(app))));
  }
  return Math.max(exitCodes.success, ...endings.map(exitCodeOf));
}

interface Batch {
  readonly runs: readonly string[];
  readonly tell: (ending: Ending) => void;
}

async function continueAll(context: CliContext, app: App, { runs, tell }: Batch): Promise<void> {
  const queue = [...runs];
  const work = async (): Promise<void> => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) tell(await continueRun(context, app, run));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, runs.length) }, work));
}

async function continueRun({ terminal }: CliContext, app: App, run: string): Promise<Ending> {
  try {
    const { document } = await watchRun({ terminal }, (observer) => resumeRun(app, run, observer));
    return { run, document };
  } catch (error) {
    if (error instanceof RunnerError) return { run, fault: error };
    throw error;
  }
}

function exitCodeOf(ending: Ending): number {
  return 'fault' in ending ? exitCodeOfError(ending.fault.code) : exitCodeOfStatus(ending.document.status);
}

function endingText({ terminal: { style } }: CliContext, ending: Ending): string {
  if ('fault' in ending) return `${ending.run}  ${style.red(ending.fault.code)}  ${printable(ending.fault.message)}`;
  const { status, workflow, duration_ms: took, error } = ending.document;
  const reason = error ? `  ${printable(`${error.step ?? ''}: ${error.code}: ${error.message}`)}` : '';
  return `${ending.run}  ${workflow}  ${paintStatus(status, style)}  ${formatDuration(took)}${reason}`;
}

function describe(ending: Ending): object {
  if (!('fault' in ending)) return ending.document;
  const { code, message, hint = null } = ending.fault;
  return { run_id: ending.run, success: false, error: { code, message, hint } };
}

function nothingToResume(inDoubt: readonly string[]): string {
  const [first] = inDoubt;
  if (first === undefined) return 'No run is interrupted.';
  const waiting = inDoubt.length === 1 ? `Run ${first} needs` : `${inDoubt.length} runs need`;
  return `No run is interrupted. ${waiting} a person's decision: runner show ${first}`;
}
