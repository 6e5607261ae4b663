import { openApp } from '../../app/app.ts';
import type { App } from '../../app/app.ts';
import { InvalidFileError } from '../../app/invalid-file-error.ts';
import { looksLikeFile } from '../../app/workflow-files.ts';
import type { CliContext } from './context.ts';

export interface AppFlags {
  readonly sandbox?: boolean;
  readonly readOnly?: boolean;
  /** What names the workflow: where it is a file, its project is the one. */
  readonly workflow?: string;
  /** In place of what `--env` says; null is none. */
  readonly environment?: string | null;
  /** `left_out`: `runner.yaml` is not read. */
  readonly settings?: 'left_out';
}

/** Opens the project for the length of one command, and has everything redacted that it keeps secret. */
export async function withApp<T>(context: CliContext, flags: AppFlags, body: (app: App) => Promise<T>): Promise<T> {
  const { cwd, variables } = context;
  const { sandbox = false, readOnly = false, workflow, settings, environment = context.environment } = flags;
  const file = workflow !== undefined && looksLikeFile(workflow) ? { file: workflow } : {};
  const app = await openApp({ cwd, variables, sandbox, readOnly, environment, ...file, ...(settings && { settings }) });
  context.terminal.redactWith(app.configuration.redactor);
  app.vault.onWarning((text) => context.terminal.note(`${context.terminal.noteStyle.yellow('warning')} ${text}`));
  app.stores.onFull(({ message }) => context.terminal.note(`${message} Waiting up to a minute for space.`));
  const result = await body(app).catch(async (error: unknown) => {
    // What went wrong first is what the person must hear of.
    await app.close().catch(() => undefined);
    throw error;
  });
  await app.close();
  return result;
}

/** The same for what is about to go on with a run: in the environment that the run began in. */
export async function withAppOfRun<T>(
  context: CliContext,
  flags: AppFlags & { readonly run: string },
  body: (app: App) => Promise<T>,
): Promise<T> {
  const { environmentOfRun } = await import('../../app/run-environment.ts');
  return withApp(
    context,
    { ...flags, environment: await environmentOfRun(context, flags.run, context.environment) },
    body,
  );
}

/**
 * The same for what only reads what was recorded of runs: it can be read though `runner.yaml` cannot be used, as where a
 * variable that it names is not set here.
 */
export async function withRecords<T>(context: CliContext, body: (app: App) => Promise<T>): Promise<T> {
  try {
    return await withApp(context, {}, body);
  } catch (error) {
    if (!(error instanceof InvalidFileError) || error.code !== 'CONFIG_INVALID') throw error;
    const warning = context.terminal.noteStyle.yellow('warning');
    context.terminal.note(`${warning} ${error.message} It is left out here; \`runner config\` tells what is wrong.`);
    return withApp(context, { settings: 'left_out', environment: null }, body);
  }
}
