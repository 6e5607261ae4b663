import { forgetValue, keepValue, keptValue, listKeptValues } from '../../../app/kept-values.ts';
import type { KeptValue } from '../../../app/kept-values.ts';
import type { JsonObject } from '../../../model/json.ts';
import { formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { StateFlags } from '../declare/state.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseJson } from '../read-arguments.ts';
import { valueLines } from '../render/values.ts';
import { printableLine } from '../terminal/printable.ts';
import { tableLines } from '../terminal/table.ts';
import { withApp, withRecords } from '../with-app.ts';

/** `runner state list` */
export function listState(context: CliContext, flags: StateFlags): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const values = await listKeptValues(app, flags.workflow);
    if (flags.json) terminal.json({ values: values.map(describe) });
    else if (values.length === 0) terminal.note('No value is kept.');
    else for (const line of table(values, terminal.tableColumns())) terminal.print(line);
    return exitCodes.success;
  });
}

/** `runner state get` */
export function getState(context: CliContext, name: string, flags: StateFlags): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const value = await keptValue(app, placeOf(name, flags));
    if (flags.json) terminal.json(describe(value));
    else for (const line of valueLines(value.value)) terminal.print(line);
    return exitCodes.success;
  });
}

/** `runner state set` */
export function setState(context: CliContext, name: string, text: string, flags: StateFlags): Promise<number> {
  const { terminal } = context;
  const value = flags.text === true ? text : parseJson(text, 'The value');
  return withApp(context, { sandbox: flags.sandbox === true }, async (app) => {
    const expires = flags.expires === undefined ? {} : { expiresAt: app.clock.now() + flags.expires };
    await keepValue(app, placeOf(name, flags), { value, ...expires });
    if (flags.json) terminal.json(describe(await keptValue(app, placeOf(name, flags))));
    else terminal.print(`${printableLine(name)} is kept.`);
    return exitCodes.success;
  });
}

/** `runner state delete` */
export function deleteState(context: CliContext, name: string, flags: StateFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, { sandbox: flags.sandbox === true }, async (app) => {
    await forgetValue(app, placeOf(name, flags));
    if (flags.json) terminal.json({ name, workflow: flags.workflow ?? null, deleted: true });
    else terminal.print(`${printableLine(name)} is forgotten.`);
    return exitCodes.success;
  });
}

function placeOf(name: string, { workflow }: StateFlags) {
  return workflow === undefined ? { name } : { name, workflow };
}

function table(values: readonly KeptValue[], columns: number): readonly string[] {
  const rows = values.map(({ name, workflow, value, changedAt, expiresAt }) => [
    workflow ?? '-',
    printableLine(name),
    formatTime(changedAt),
    expiresAt === undefined ? '-' : formatTime(expiresAt),
    printableLine(JSON.stringify(value)),
  ]);
  return tableLines(
    [
      { title: 'WORKFLOW' },
      { title: 'NAME' },
      { title: 'CHANGED', spare: 2 },
      { title: 'EXPIRES', spare: 1 },
      { title: 'VALUE', flexible: true },
    ],
    rows,
    columns,
  );
}

function describe({ name, workflow, value, changedAt, expiresAt }: KeptValue): JsonObject {
  return {
    name,
    workflow: workflow ?? null,
    value,
    changed_at: new Date(changedAt).toISOString(),
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
}
