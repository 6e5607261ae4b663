import { closeManualWork, findManualWork, listManualWork } from '../../../app/manual-work.ts';
import { userName } from '../../../app/user-name.ts';
import { isJsonObject } from '../../../model/json.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { ManualWork } from '../../../model/manual-work.ts';
import type { CliContext } from '../context.ts';
import type { ManualFlags } from '../declare/manual.ts';
import { exitCodes } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

/** `runner manual` */
export function listManual(context: CliContext, flags: ManualFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, {}, async (app) => {
    const all = await listManualWork(app, { all: flags.all === true });
    if (flags.json) terminal.json(all.map(documentOf));
    else if (all.length === 0) terminal.note('Nothing waits for a person.');
    else for (const work of all) terminal.print(lineOf(work));
    return exitCodes.success;
  });
}

/** `runner manual show` */
export function showManual(context: CliContext, id: string, flags: ManualFlags): Promise<number> {
  return withApp(context, {}, async (app) => tell(context, await findManualWork(app, id), flags));
}

/** `runner manual done` */
export function closeManual(context: CliContext, id: string, flags: ManualFlags): Promise<number> {
  const note = flags.note === undefined ? {} : { note: flags.note };
  return withApp(context, {}, async (app) =>
    tell(context, await closeManualWork(app, id, { by: userName(), ...note }), flags),
  );
}

function tell({ terminal }: CliContext, work: ManualWork, flags: ManualFlags): number {
  if (flags.json) terminal.json(documentOf(work));
  else for (const line of detailsOf(work)) terminal.print(line);
  return exitCodes.success;
}

/** Short, as people type it. */
function lineOf(work: ManualWork): string {
  const state = work.done === undefined ? 'open' : `done by ${work.done.by}`;
  return [work.id.slice(0, 8), timeOf(work.recordedAt), state, work.target, work.note ?? messageOf(work)].join('  ');
}

function detailsOf(work: ManualWork): readonly string[] {
  const { id, target, run, step, params, note, recordedAt, done } = work;
  const lines = [
    `manual task ${id}`,
    `  call      ${target}`,
    `  params    ${JSON.stringify(params)}`,
    `  error     ${messageOf(work)}`,
    `  run       ${run}, step ${step}`,
    `  recorded  ${timeOf(recordedAt)}`,
  ];
  if (note !== undefined) lines.push(`  to do     ${note}`);
  if (done !== undefined) {
    lines.push(`  done      ${timeOf(done.at)} by ${done.by}${done.note === undefined ? '' : `: ${done.note}`}`);
  }
  return lines;
}

function messageOf({ error }: ManualWork): string {
  const { code, message } = isJsonObject(error) ? error : {};
  return [code, message].filter((part) => typeof part === 'string').join(': ');
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

function documentOf({ id, run, step, target, params, error, note, recordedAt, done }: ManualWork): JsonObject {
  return {
    manual_id: id,
    target,
    params,
    error,
    note: note ?? null,
    run_id: run,
    step,
    recorded_at: timeOf(recordedAt),
    done: done === undefined ? null : { at: timeOf(done.at), by: done.by, note: done.note ?? null },
  };
}
