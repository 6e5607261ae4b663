import { isHandlerKey } from '../../../app/run-document.ts';
import { nextCommands, shellWord } from '../../../app/next-commands.ts';
import type { RunDocument } from '../../../app/run-document.ts';
import type { RunFault } from '../../../model/events.ts';
import { everyStep, findStep, mayHaveTakenEffect } from '../../../model/run-view.ts';
import { waitsOf } from '../../../model/run-view-waits.ts';
import type { RunView, StepView } from '../../../model/run-view.ts';
import { isFinal } from '../../../model/states.ts';
import type { RunStatus } from '../../../model/states.ts';
import { remedyOf } from '../../../model/remedies.ts';
import { formatCost } from '../../../model/costs.ts';
import { formatDuration } from '../../../model/time.ts';
import { callOf } from '../progress/step-line.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { labelled, quantity, valueLines } from './values.ts';
import { waitLines } from './waits.ts';

export const sandboxNotice = 'This ran in the sandbox: no real service was touched.';

const readOnlyNotice = 'This ran in read-only mode: whatever is not a read was refused before it happened.';

/**
 * What a person on call must know when a run is over: how it ended, the first error and where, what was tried, and
 * what to do next.
 */
export function summaryLines(run: RunDocument, view: RunView, style: Style): readonly string[] {
  return [...outcomeLines(run, view, style), ...nextLines(nextCommands(run, view)), ...noticeLines(run, style)];
}

/** How a run ended or stands, and why. */
export function outcomeLines(run: RunDocument, view: RunView, style: Style): readonly string[] {
  return [
    headline(run, style),
    ...(view.output === undefined ? [] : labelled('output', valueLines(view.output))),
    ...errorLines(view, style),
    ...attentionLines(run, view, style),
    ...waitLines(run, view),
    ...dryRunLines(run, view),
  ];
}

export function nextLines(commands: readonly string[]): readonly string[] {
  return commands.length === 0 ? [] : labelled('next', commands);
}

/** What was special about where a run took place; the last lines of what is told of it. */
export function noticeLines(run: RunDocument, style: Style): readonly string[] {
  return [
    ...(run.read_only ? [style.yellow(readOnlyNotice)] : []),
    ...(run.sandbox ? [style.yellow(sandboxNotice)] : []),
  ];
}

function headline(run: RunDocument, style: Style): string {
  const paint = run.success
    ? style.green
    : run.status === 'failed' || run.status === 'timed_out'
      ? style.red
      : style.yellow;
  const mark = run.success ? '✓' : run.status === 'failed' || run.status === 'timed_out' ? '✗' : '!';
  const steps = stepCounts(run);
  const text = `${mark} ${run.workflow} ${statusWords(run.status)}`;
  const dry = run.dry_run ? ' as a dry run' : '';
  const where = run.environment === null ? '' : ` in ${run.environment}`;
  const cost = run.cost === 0 ? '' : `cost ${formatCost(run.cost)}, `;
  return `${paint(style.bold(text))}${where}${dry} after ${formatDuration(run.duration_ms)} (${steps}, ${cost}run ${run.run_id})`;
}

/** `6 steps done, 1 skipped`; steps that were never reached tell where a run ended early. */
function stepCounts({ steps, status, total_steps: total, completed_steps: completed }: RunDocument): string {
  const main = steps.filter(({ key }) => !isHandlerKey(key));
  const skipped = main.filter((step) => step.status === 'skipped').length;
  const failed = main.filter((step) => step.status === 'failed').length;
  const unreached = main.filter((step) => step.status === 'pending').length;
  const parts = [`${completed} of ${total} steps done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (unreached > 0) parts.push(`${unreached} ${isFinal(status) ? 'not reached' : 'to come'}`);
  return parts.join(', ');
}

function statusWords(status: RunStatus): string {
  switch (status) {
    case 'timed_out':
      return 'timed out';
    case 'needs_attention':
      return 'needs attention';
    case 'interrupted':
      return 'was interrupted';
    case 'cancelled':
      return 'was cancelled';
    case 'quarantined':
      return 'is quarantined';
    case 'undo_failed':
      return 'failed, and could not be undone';
    case 'waiting':
    case 'running':
    case 'queued':
    case 'paused':
    case 'undoing':
      return `is ${status}`;
    case 'succeeded':
    case 'failed':
      return status;
  }
}

function errorLines(view: RunView, style: Style): readonly string[] {
  const { error } = view;
  if (!error) return [];
  const step = findStep(view, error.step);
  const remedy = remedyOf(error);
  const place = error.step === undefined ? [] : labelled('step', [placeOf(error.step, step)]);
  return [
    ...place,
    ...labelled('error', printable(`${error.kind}: ${error.message}`).split('\n').map(style.red)),
    ...(step && wasTried(step) ? labelled('tried', [triedText(error, step)]) : []),
    ...(mayHaveTakenEffect(error, step) ? labelled('outcome', ['unknown: the call may have taken effect']) : []),
    ...(remedy === undefined ? [] : labelled('hint', printable(remedy).split('\n'))),
    ...handlerLines(view),
  ];
}

function placeOf(key: string, step: StepView | undefined): string {
  const call = step?.action ? ` (${printableLine(callOf(step))})` : '';
  return `${printableLine(key)}${call}${step && step.line > 0 ? `, line ${step.line}` : ''}`;
}

function wasTried({ attempts, alternatives }: StepView): boolean {
  return attempts.length + alternatives.length > 0;
}

const verdictTexts = {
  happened: 'says that it has happened',
  not_happened: 'says that it has not happened',
  unknown: 'answered, but `happened` gave neither true nor false',
} as const;

function triedText(error: RunFault, step: StepView): string {
  const attempts = quantity(error.attempts, 'attempt');
  const took = step.durationMs === undefined ? '' : ` in ${formatDuration(step.durationMs)}`;
  const verdicts = step.attempts.flatMap(({ verdict }) => verdict ?? []);
  const alternatives = step.alternatives.map((each) => {
    const name = each.key.slice(each.key.lastIndexOf('/') + 1);
    const verdict = name.startsWith('verify') ? verdicts.shift() : undefined;
    const said = verdict && each.status === 'succeeded' ? verdictTexts[verdict] : each.status;
    return `${name} ${said}${each.fault ? ` (${printableLine(each.fault.kind)})` : ''}`;
  });
  return [`${attempts}${took}`, ...alternatives].join('; ');
}

/** What `on_failure` and `finally` did about it. */
function handlerLines(view: RunView): readonly string[] {
  const lines = ['on_failure', 'finally'].flatMap((phase) => {
    const steps = view.steps.filter(({ key }) => key.startsWith(`${phase}/`));
    if (steps.length === 0) return [];
    const failed = steps.filter(({ status }) => status === 'failed');
    const verdict =
      failed.length === 0 ? 'done' : `failed at ${failed.map(({ key }) => printableLine(key)).join(', ')}`;
    return [`${phase}: ${verdict}`];
  });
  lines.push(...undoLines(view));
  return lines.length === 0 ? [] : labelled('handled', lines);
}

function undoLines({ undone }: RunView): readonly string[] {
  if (undone.length === 0) return [];
  const done = undone.filter(({ status }) => status === 'succeeded').length;
  const failed = undone.filter(({ status }) => status === 'failed').map(({ key }) => printableLine(key));
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : '';
  const text = failed.length === 0 ? '' : `, failed: ${failed.slice(0, 3).join(', ')}${more}`;
  return [`undo: ${done} of ${undone.length} undone${text}`];
}

function attentionLines(run: RunDocument, view: RunView, style: Style): readonly string[] {
  if (run.status !== 'needs_attention') return [];
  return waitsOf(view)
    .filter(({ wait }) => wait.reason === 'attention')
    .flatMap(({ step }) => questionLines(run.run_id, step, style));
}

function questionLines(run: string, step: StepView, style: Style): readonly string[] {
  const question = printable(step.attention ?? '').split('\n');
  return [
    ...labelled('step', [placeOf(step.key, step)]),
    ...labelled('question', question.map(style.yellow)),
    ...labelled('answer', [`runner resolve ${run} --step ${shellWord(step.key)} --as done|failed|retry`]),
  ];
}

function dryRunLines(run: RunDocument, view: RunView): readonly string[] {
  if (!run.dry_run) return [];
  const writes = [...everyStep(view.steps)].filter(({ skipped }) => skipped === 'dry_run');
  if (writes.length === 0) return labelled('writes', ['none would have been made']);
  return labelled('writes', writes.flatMap(writeLines));
}

/** A write that a dry run did not make, as it would have been made. */
function writeLines(step: StepView): readonly string[] {
  const { action } = step;
  const name = `${printableLine(step.key)}: ${printableLine(callOf(step))}`;
  if (!action) return [name];
  switch (action.kind) {
    case 'tool':
      return [name, ...valueLines(action.params).map((line) => `  ${line}`)];
    case 'http':
      return [
        `${printableLine(step.key)}: ${action.method} ${printableLine(action.url)}`,
        ...(action.body ? valueLines(action.body.value).map((line) => `  ${line}`) : []),
      ];
    case 'run':
      return [
        name,
        ...printable(action.script.trimEnd())
          .split('\n')
          .map((line) => `  ${line}`),
      ];
  }
}
