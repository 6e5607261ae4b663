import type { RunEvent } from '../../../model/events.ts';
import { callTool, executionIdOf } from '../../../app/call-tool.ts';
import type { JsonObject } from '../../../model/json.ts';
import { remedyOf } from '../../../model/remedies.ts';
import { mayHaveTakenEffect } from '../../../model/run-view.ts';
import { formatDuration } from '../../../model/time.ts';
import type { CliContext } from '../context.ts';
import type { CallFlags } from '../declare/tools.ts';
import { exitCodeOfStatus } from '../exit-codes.ts';
import { lineOfEvent } from '../../../app/event-lines.ts';
import { createProgressNotes } from '../progress/progress-text.ts';
import type { RunWatcher } from '../progress/watcher.ts';
import { parseObject, readPair, readSource } from '../read-arguments.ts';
import { sandboxNotice } from '../render/summary.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { watchRun } from '../watch-run.ts';
import type { WatchedRun } from '../watch-run.ts';
import { withApp } from '../with-app.ts';

/** `runner call`: the tool's result alone on stdout, so that it can be piped on. */
export function call(
  context: CliContext,
  { tool, pairs }: { readonly tool: string; readonly pairs: readonly string[] },
  flags: CallFlags,
): Promise<number> {
  const { terminal } = context;
  return withApp(context, { sandbox: flags.sandbox === true, readOnly: flags.readOnly === true }, async (app) => {
    const params = await readParams(context, pairs, flags.params);
    const watched = await watchRun({ terminal, watcher: faultWatcher(terminal), leavesRun: false }, (observer) =>
      callTool(app, { tool, params, cache: flags.cache }, observer),
    );
    if (flags.json) terminal.json(describe(tool, watched));
    else print(terminal, tool, watched);
    return exitCodeOfStatus(watched.document.status);
  });
}

async function readParams(
  context: CliContext,
  pairs: readonly string[],
  source: string | undefined,
): Promise<JsonObject> {
  const text = source === '-' ? await readSource(context, source) : source;
  const first = text === undefined ? {} : parseObject(text, '--params');
  const later = await Promise.all(pairs.map((pair) => readPair(context, pair)));
  return {
    ...first,
    ...Object.fromEntries(later.map((each) => [each.name, 'value' in each ? each.value : each.text])),
  };
}

/** Tells only of attempts that fail: a person who pipes the result wants quiet. */
function faultWatcher(terminal: Terminal): RunWatcher {
  return {
    begins: () => undefined,
    events: (events) => {
      for (const event of events.filter(isTold)) terminal.note(printableLine(lineOfEvent(event).text));
    },
    ...(terminal.live && { progress: createProgressNotes((_, text) => terminal.note(printableLine(text))) }),
    note: (line) => terminal.note(line),
    ends: () => undefined,
  };
}

function isTold(event: RunEvent): boolean {
  if (event.type === 'attempt.ended') return event.fault !== undefined;
  return event.type === 'timer.set' && event.reason === 'retry';
}

/** `run_id` would name a run that is not kept, so it is left out. */
function describe(tool: string, { document, view }: WatchedRun): object {
  const [step] = document.steps;
  return {
    execution_id: executionIdOf(document.run_id, view),
    tool,
    status: document.status,
    success: document.success,
    output: step?.output ?? null,
    error: step?.error ?? null,
    duration_ms: document.duration_ms,
    attempts: step?.attempts ?? 0,
    retry_count: step?.retry_count ?? 0,
    cached: step?.cached ?? false,
    environment: document.environment,
    sandbox: document.sandbox,
  };
}

function print(terminal: Terminal, tool: string, { document, view }: WatchedRun): void {
  const [step] = view.steps;
  const { style, noteStyle } = terminal;
  if (document.success) terminal.print(printable(JSON.stringify(step?.output ?? null, null, 2)));
  else {
    const { error } = view;
    const reason = error ? `${error.kind}: ${error.message}` : document.status;
    terminal.note(`${noteStyle.red('✗')} ${noteStyle.bold(printableLine(tool))} ${printable(reason)}`);
    if (error && mayHaveTakenEffect(error, step)) terminal.note('The call may have taken effect.');
    const remedy = error && remedyOf(error);
    if (remedy !== undefined) terminal.note(printable(remedy));
  }
  if (step?.cachedAgeMs !== undefined) {
    terminal.note(style.dim(`From the cache, ${formatDuration(step.cachedAgeMs)} old; --no-cache asks anew.`));
  }
  if (document.environment !== null) terminal.note(noteStyle.dim(`Environment: ${document.environment}.`));
  if (document.sandbox) terminal.note(noteStyle.yellow(sandboxNotice));
}
