import { explainRun } from '../../../app/explain/explain-run.ts';
import type { RunExplanation } from '../../../app/explain/explain-run.ts';
import { formatTime } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { labelled } from '../render/values.ts';
import { printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { withRecords } from '../with-app.ts';

/** `runner explain`: for whoever is called at night and has a minute. */
export function explain(context: CliContext, id: string, flags: { readonly json?: boolean }): Promise<number> {
  const { terminal } = context;
  return withRecords(context, async (app) => {
    const explanation = await explainRun(app, id);
    if (flags.json) terminal.json(explanation);
    else for (const line of explanationLines(explanation, terminal.style)) terminal.print(line);
    return exitCodes.success;
  });
}

function explanationLines(explanation: RunExplanation, style: Style): readonly string[] {
  const { why, tried, next } = explanation;
  const paint = explanation.status === 'succeeded' ? style.green : style.red;
  return [
    ...labelled('why', [paint(printableLine(why))], ''),
    ...labelled('tried', [printableLine(tried)], ''),
    ...labelled('next', [style.bold(printableLine(next))], ''),
    '',
    ...changeLines(explanation),
  ];
}

function changeLines({ last_success: last, changes, workflow }: RunExplanation): readonly string[] {
  if (!last) return [`No earlier run of ${printableLine(workflow)} succeeded, so there is nothing to compare with.`];
  const since = `run ${last.run_id} succeeded (${formatTime(Date.parse(last.started_at))})`;
  if (changes.length === 0) return [`Nothing that is recorded has changed since ${since}.`];
  return [
    `Changed since ${since}:`,
    ...changes.map(({ about, text }) => `  ${about.padEnd(10)} ${printableLine(text)}`),
  ];
}
