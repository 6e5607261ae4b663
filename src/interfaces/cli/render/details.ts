import { describeAction } from '../../../app/run-details.ts';
import type { RunDetails } from '../../../app/runs.ts';
import { attemptNumber, pollNumber } from '../../../model/keys.ts';
import { remedyOf } from '../../../model/remedies.ts';
import { mayHaveTakenEffect } from '../../../model/run-view.ts';
import type { AttemptView, StepView } from '../../../model/run-view.ts';
import { formatDuration } from '../../../model/time.ts';
import { stepLine } from '../progress/step-line.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { joinSegments } from '../terminal/segments.ts';
import type { Style } from '../terminal/style.ts';
import { displayWidth } from '../terminal/width.ts';
import { nextCommands, nextLines, noticeLines, outcomeLines, showCommand } from './summary.ts';
import { formatTime, labelled, quantity, valueLines } from './values.ts';

const stepIndent = '      ';

/** Everything about one run: how it stands, its inputs, and every step with attempts, params, result and error. */
export function detailLines(details: RunDetails, style: Style): readonly string[] {
  const { view, record, document, workflow } = details;
  const labelWidth = Math.min(28, Math.max(0, ...view.steps.map(({ key }) => displayWidth(key))));
  const stamps = { style, labelWidth, now: Date.now(), isFaultBelow: true };
  return [
    ...outcomeLines(document, view, style),
    ...nextLines(nextCommands(document).filter((command) => command !== showCommand(document))),
    '',
    ...labelled('started', [startText(details)]),
    ...labelled('file', [
      printableLine(`${workflow?.file ?? 'unknown'}${record.commit ? ` at ${record.commit}` : ''}`),
    ]),
    ...labelled('inputs', valueLines(view.inputs)),
    '',
    ...view.steps.flatMap((step) => [joinSegments(stepLine(step, stamps))].concat(stepDetails(step, style))),
    ...noticeLines(document, style),
  ];
}

function startText({ record, view, document }: RunDetails): string {
  const facts = [formatTime(record.startedAt)];
  if (record.endedAt !== undefined) facts.push(`ended ${formatTime(record.endedAt)}`);
  if (view.resumes > 0) facts.push(`resumed ${quantity(view.resumes, 'time')}`);
  if (record.crashes > 0) facts.push(`its process died ${quantity(record.crashes, 'time')}`);
  const verb = document.status === 'interrupted' ? 'left' : 'owned';
  if (record.owner) facts.push(`${verb} by process ${record.owner.pid} on ${printableLine(record.owner.host)}`);
  return facts.join(', ');
}

function stepDetails(step: StepView, style: Style): readonly string[] {
  return [
    ...(step.action ? labelled('call', valueLines(describeAction(step.action)), stepIndent) : []),
    ...attemptLines(step, style),
    ...(step.output === undefined ? [] : labelled('result', valueLines(step.output), stepIndent)),
    ...faultLines(step, style),
    ...(step.attention === undefined ? [] : labelled('question', printable(step.attention).split('\n'), stepIndent)),
    ...step.alternatives.flatMap((each) => [
      `${stepIndent}${joinSegments(stepLine(each, { style, labelWidth: 0, now: Date.now(), isFaultBelow: true }))}`,
      ...stepDetails(each, style),
    ]),
  ];
}

function faultLines(step: StepView, style: Style): readonly string[] {
  const { fault } = step;
  if (!fault) return [];
  const remedy = remedyOf(fault);
  const outcome = mayHaveTakenEffect(fault, step) ? ' (it may have taken effect)' : '';
  return [
    ...labelled('error', printable(`${fault.kind}: ${fault.message}${outcome}`).split('\n').map(style.red), stepIndent),
    ...(remedy === undefined ? [] : labelled('hint', printable(remedy).split('\n'), stepIndent)),
  ];
}

/** A single attempt needs no line where the step's own says it all; with a fallback it does not say why. */
function attemptLines({ attempts, fault }: StepView, style: Style): readonly string[] {
  const isTold = fault !== undefined || attempts[0]?.fault === undefined;
  if (attempts.length < 2 && isTold) return [];
  return labelled(
    'attempts',
    attempts.map((attempt) => attemptText(attempt, style)),
    stepIndent,
  );
}

function attemptText({ key, startedAt, durationMs, fault }: AttemptView, style: Style): string {
  const poll = pollNumber(key);
  const name = `${poll > 0 ? `poll ${poll} ` : ''}#${attemptNumber(key)}`;
  const took = durationMs === undefined ? 'not ended' : formatDuration(durationMs);
  const outcome = fault ? style.red(printableLine(`${fault.kind}: ${fault.message}`)) : '';
  return `${name}  ${formatTime(startedAt)}  ${took}  ${outcome}`.trimEnd();
}
