import type { RunDocument } from '../../../app/run-document.ts';
import { waitText } from '../../../app/wait-words.ts';
import { isFinal } from '../../../model/states.ts';
import type { ApprovalView, RunView } from '../../../model/run-view.ts';
import { waitsOf } from '../../../model/run-view-waits.ts';
import type { RunWait } from '../../../model/run-view-waits.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { formatCount } from '../../../app/block-words.ts';
import { labelled, valueLines } from './values.ts';

const mostWaits = 5;

/** What an open run waits for, and until when; with it the questions that people are asked. */
export function waitLines(run: RunDocument, view: RunView, now = Date.now()): readonly string[] {
  if (isFinal(run.status)) return [];
  const waits = waitsOf(view).filter(({ wait }) => wait.reason !== 'attention');
  const shown = waits.slice(0, mostWaits);
  const more = waits.length - shown.length;
  return [
    ...shown.flatMap((each) => oneWait(each, now)),
    ...(more > 0 ? labelled('', [`… and for ${formatCount(more)} more`]) : []),
  ];
}

function oneWait({ step, wait }: RunWait, now: number): readonly string[] {
  const head = labelled('waits', [printableLine(`${step.key}: ${waitText(wait, now)}`)]);
  return step.approval ? head.concat(approvalLines(step.approval)) : head;
}

/** The question, what to decide by, what to fill in, and what was said so far. */
export function approvalLines(approval: ApprovalView, indent = '  '): readonly string[] {
  const { question, show, form, by, quorum, votes, binding } = approval;
  const needed = quorum === 1 ? [] : [`${quorum} people must approve`];
  const who = by === undefined ? needed : [`by ${by.map(printableLine).join(', ')}`, ...needed];
  const effects = binding.effects.map(({ step, target }) => printableLine(`${step}: ${target}`));
  const said = votes.map((vote) => {
    const comment = vote.comment === undefined ? '' : `: ${vote.comment}`;
    return printableLine(`${vote.approved ? 'approved' : 'rejected'} by ${vote.by}${comment}`);
  });
  return [
    ...labelled('question', printable(question).split('\n'), indent),
    ...(show === undefined ? [] : labelled('shows', valueLines(show), indent)),
    ...(effects.length === 0 ? [] : labelled('allows', effects, indent)),
    ...(form === undefined ? [] : labelled('form', valueLines(form), indent)),
    ...(who.length === 0 ? [] : labelled('decides', [who.join('; ')], indent)),
    ...(said.length === 0 ? [] : labelled('votes', said, indent)),
  ];
}
