import { sendEvent } from '../../../app/send-event.ts';
import type { EventTaker, SentEvent } from '../../../app/send-event.ts';
import { userName } from '../../../app/user-name.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { Json } from '../../../model/json.ts';
import type { CliContext } from '../context.ts';
import type { EventFlags } from '../declare/people.ts';
import { exitCodes } from '../exit-codes.ts';
import { parseJson, readPair, readSource } from '../read-arguments.ts';
import { printableLine } from '../terminal/printable.ts';
import { withApp } from '../with-app.ts';

/** How long processes that live may take to say that they have taken it. */
const patienceMs = 3_000;

/** `runner event` */
export async function event(context: CliContext, name: string, flags: EventFlags): Promise<number> {
  const { terminal } = context;
  if (name.trim() === '') throw new RunnerError('USAGE', 'An event needs a name.');
  const payload = await payloadOf(context, flags.data ?? []);
  return withApp(context, {}, async (app) => {
    const given = { name, payload, by: userName(), ...(flags.run === undefined ? {} : { run: flags.run }) };
    const sent = await sendEvent(app, given, patienceMs);
    if (flags.json) terminal.json(describe(sent));
    else for (const line of linesOf(sent)) terminal.print(line);
    return exitCodes.success;
  });
}

const pair = /^[A-Za-z_][\w-]*:?=/;

/** JSON, the JSON of a file, or fields of an object; null where nothing is given. */
async function payloadOf(context: CliContext, data: readonly string[]): Promise<Json> {
  const [only, ...others] = data;
  if (only === undefined) return null;
  if (others.length === 0 && !pair.test(only)) {
    const source = only.startsWith('@') ? only.slice(1) : undefined;
    const text = source === undefined ? only : await readSource(context, source);
    return parseJson(text, source === undefined ? '--data' : source);
  }
  const fields = await Promise.all(data.map((text) => readPair(context, text)));
  return Object.fromEntries(fields.map((field) => [field.name, 'value' in field ? field.value : field.text]));
}

function linesOf({ n, name, takenBy, parked, passedOver }: SentEvent): readonly string[] {
  const head = `Event ${n} "${printableLine(name)}" is sent.`;
  const lines = [
    ...takenBy.map((taker) => `  taken by ${textOf(taker)}`),
    ...parked.map((taker) => `  waited for by ${textOf(taker)}, which no process has: runner resume ${taker.run}`),
    ...passedOver.map((taker) => `  not taken by ${textOf(taker)}: its match does not hold, or it is busy`),
  ];
  if (lines.length > 0) return [head, ...lines];
  return [head, '  Nobody waits for it now. It is kept for runs that come to wait for it.'];
}

function textOf({ run, workflow, step }: EventTaker): string {
  return `run ${run} (${workflow}: ${printableLine(step)})`;
}

function describe({ n, name, takenBy, parked, passedOver }: SentEvent): object {
  return {
    event: n,
    name,
    taken_by: describeTakers(takenBy),
    parked: describeTakers(parked),
    passed_over: describeTakers(passedOver),
  };
}

function describeTakers(takers: readonly EventTaker[]): readonly object[] {
  return takers.map(({ run, workflow, step }) => ({ run_id: run, workflow, step }));
}
