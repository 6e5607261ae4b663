import { describeAction } from '../../../app/run-details.ts';
import { attemptNumber, pollNumber } from '../../../model/keys.ts';
import { remedyOf } from '../../../model/remedies.ts';
import { mayHaveTakenEffect } from '../../../model/run-view.ts';
import type { AttemptView, StepView } from '../../../model/run-view.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { approvalLines } from './waits.ts';
import { labelled, valueLines } from './values.ts';

/** Everything about one step that its line does not hold. */
export function stepDetails(step: StepView, style: Style, indent: string): readonly string[] {
  return [
    ...(step.action ? labelled('call', valueLines(describeAction(step.action)), indent) : []),
    ...attemptLines(step, style, indent),
    ...(step.approval ? approvalLines(step.approval, indent) : []),
    ...(isWorthALine(step) ? labelled('result', valueLines(step.output ?? null), indent) : []),
    ...faultLines(step, style, indent),
    ...(step.attention === undefined ? [] : labelled('question', printable(step.attention).split('\n'), indent)),
  ];
}

const shortResult = 60;

/** The result of a block is made of those inside it, which are shown. */
function isWorthALine({ output, block }: StepView): boolean {
  return output !== undefined && (block === undefined || JSON.stringify(output).length <= shortResult);
}

function faultLines(step: StepView, style: Style, indent: string): readonly string[] {
  const { fault } = step;
  if (!fault) return [];
  const remedy = remedyOf(fault);
  const outcome = mayHaveTakenEffect(fault, step) ? ' (it may have taken effect)' : '';
  return [
    ...labelled('error', printable(`${fault.kind}: ${fault.message}${outcome}`).split('\n').map(style.red), indent),
    ...(remedy === undefined ? [] : labelled('hint', printable(remedy).split('\n'), indent)),
  ];
}

/** A single attempt needs no line where the step's own says it all; with a fallback it does not say why. */
function attemptLines({ attempts, fault }: StepView, style: Style, indent: string): readonly string[] {
  const isTold = fault !== undefined || attempts[0]?.fault === undefined;
  if (attempts.length < 2 && isTold) return [];
  return labelled(
    'attempts',
    attempts.map((attempt) => attemptText(attempt, style)),
    indent,
  );
}

function attemptText({ key, startedAt, durationMs, fault }: AttemptView, style: Style): string {
  const poll = pollNumber(key);
  const name = `${poll > 0 ? `poll ${poll} ` : ''}#${attemptNumber(key)}`;
  const took = durationMs === undefined ? 'not ended' : formatDuration(durationMs);
  const outcome = fault ? style.red(printableLine(`${fault.kind}: ${fault.message}`)) : '';
  return `${name}  ${formatTime(startedAt)}  ${took}  ${outcome}`.trimEnd();
}
