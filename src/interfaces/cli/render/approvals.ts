import { fieldsOf } from '../../../app/approval-form.ts';
import type { FormField } from '../../../app/approval-form.ts';
import type { ApprovalListing } from '../../../app/approvals.ts';
import { shellWord } from '../../../app/next-commands.ts';
import type { BoundEffect } from '../../../model/approvals.ts';
import type { Json } from '../../../model/json.ts';
import type { OpenApproval } from '../../../model/open-approvals.ts';
import { formatDuration, formatTime } from '../../../model/time.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { labelled, valueLines } from './values.ts';

/** An open approval for people: what is asked, what comes of it, who may decide, and how. */
export function approvalLines({ run, approval }: ApprovalListing, style: Style, now: number): readonly string[] {
  const { request } = approval;
  const since = `since ${formatTime(request.at)} (${formatDuration(now - request.at)})`;
  return [
    `${style.bold(printableLine(request.key))}  run ${run.id}  ${run.workflow}  ${style.dim(since)}`,
    ...questionLines(approval, style, now),
    `  ${style.cyan(decideCommand(run.id, approval))}`,
  ];
}

/** The same without the head and the command: what a person who is asked reads. */
export function questionLines(approval: OpenApproval, style: Style, now: number): readonly string[] {
  const { question, show, form, due, onTimeout, binding, by, quorum } = approval.request;
  return [
    ...printable(question)
      .split('\n')
      .map((line) => `  ${style.yellow(line)}`),
    ...(show === undefined ? [] : labelled('shows', valueLines(show))),
    ...(binding.effects.length === 0 ? [] : labelled('allows', binding.effects.flatMap(effectLines))),
    ...(form === undefined ? [] : labelled('form', fieldsOf(form).map(fieldText))),
    ...(by === undefined ? [] : labelled('for', [printableLine(by.join(', '))])),
    ...(quorum === 1 && approval.votes.length === 0 ? [] : labelled('votes', [votesText(approval)])),
    ...(due === undefined ? [] : labelled('until', [untilText(due, onTimeout, now)])),
  ];
}

/** The call as it will be made, as far as it is known. */
function effectLines({ step, target, params }: BoundEffect): readonly string[] {
  const name = printableLine(`${step}: ${target}`);
  if (params === undefined) return [`${name} (its parameters come from steps that have not run yet)`];
  const [first = '', ...rest] = valueLines(params);
  return [`${name} ${first}`, ...rest];
}

/** `batch (integer, else 1): how many at once` */
export function fieldText({ name, schema, isRequired }: FormField): string {
  const type = typeOf(schema['type'], schema['enum']);
  const rest =
    schema['default'] === undefined
      ? isRequired
        ? 'needed'
        : 'optional'
      : 'else ' + JSON.stringify(schema['default']);
  const meaning = typeof schema['description'] === 'string' ? `: ${schema['description']}` : '';
  return printableLine(`${name} (${type}, ${rest})${meaning}`);
}

function typeOf(type: Json | undefined, members: Json | undefined): string {
  if (Array.isArray(members)) return `one of ${members.map((member) => JSON.stringify(member)).join(', ')}`;
  if (typeof type === 'string') return type;
  return Array.isArray(type) ? type.join(' or ') : 'any value';
}

/** `1 of 2; approved by ann` */
export function votesText({ request: { quorum }, votes }: OpenApproval): string {
  const approved = votes.filter((vote) => vote.approved);
  const names = approved.map(({ by }) => printableLine(by)).join(', ');
  return `${approved.length} of ${quorum}${names === '' ? '' : `; approved by ${names}`}`;
}

function untilText(due: number, onTimeout: 'reject' | 'approve' | 'fail', now: number): string {
  const then = { reject: 'then it counts as rejected', approve: 'then it counts as approved', fail: 'then it fails' };
  const left = due > now ? `${formatDuration(due - now)} left` : 'its time is over';
  return `${formatTime(due)} (${left}), ${then[onTimeout]}`;
}

/** The command that approves. */
export function decideCommand(run: string, { request }: OpenApproval): string {
  const fields = fieldsOf(request.form).filter(
    ({ isRequired, schema }) => isRequired && schema['default'] === undefined,
  );
  const form = fields.map(({ name }) => ` --form ${name}=…`).join('');
  return `runner approve ${run} ${shellWord(request.key)}${form}`;
}

/** An approval as `--json` prints it. */
export function describeApproval({ run, approval: { request, votes } }: ApprovalListing): object {
  const { key, question, show = null, form = null, by = null, quorum, due, onTimeout, binding, at } = request;
  return {
    run_id: run.id,
    workflow: run.workflow,
    environment: run.environment ?? null,
    step: key,
    question,
    show,
    form,
    by,
    quorum,
    since: new Date(at).toISOString(),
    until: due === undefined ? null : new Date(due).toISOString(),
    on_timeout: onTimeout,
    binding: binding.hash,
    allows: binding.effects.map(({ step, target, params = null }) => ({ step, target, params })),
    votes: votes.map((vote) => ({
      by: vote.by,
      approved: vote.approved,
      at: new Date(vote.at).toISOString(),
      comment: vote.comment ?? null,
    })),
  };
}
