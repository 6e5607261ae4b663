import type { ApprovalRequested, ApprovalVoted } from '../../model/approvals.ts';
import type { Vote } from '../../model/requests.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { formatDuration } from '../../model/time.ts';
import type { ApprovalStep } from '../../model/workflow.ts';
import { bindingOf } from './binding.ts';
import type { RunContext } from './context.ts';
import { asText } from './own-steps.ts';
import { cancelledFault, evaluate, misfit, perform } from './program.ts';
import type { Program } from './scheduler.ts';
import { formSchema } from './form-schema.ts';
import { startStep } from './start-step.ts';
import type { StepEnding } from './step-end.ts';

/** Asks people, and waits until enough of them approve, one rejects, or the time is over. */
export function* runApproval(context: RunContext, step: ApprovalStep): Program<StepEnding> {
  startStep(context, step);
  if (context.facts.options.dryRun) return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  const recorded = context.history.approvals.get(step.key);
  const requested = recorded?.requested ?? (yield* request(context, step));
  const votes: ApprovalVoted[] = [...(recorded?.votes ?? [])];
  const limit = requested.due === undefined ? {} : { due: Math.min(requested.due, context.now + spanOf(requested)) };
  for (;;) {
    const decided = decision(step, votes);
    if (decided) return decided;
    if (context.cancelled) return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
    const completion = yield* perform(context, { kind: 'approval', key: step.key, ...limit });
    if (completion.outcome === 'fired') return timedOut(context, step, requested);
    if (completion.outcome === 'aborted') {
      return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
    }
    const vote = yield* countedVote(context, requested, { vote: completion.vote, votes });
    if (!vote) continue;
    context.emit(vote);
    votes.push(vote);
  }
}

function* request(context: RunContext, step: ApprovalStep): Program<ApprovalRequested> {
  const question = asText(yield* evaluate(context, step.question, 'approval'));
  const show = step.show && (yield* evaluate(context, step.show, 'show'));
  const by: string[] = [];
  for (const [index, value] of (step.by ?? []).entries()) {
    const names = yield* evaluate(context, value, `by[${index}]`);
    by.push(...(Array.isArray(names) ? names.map(asText) : [asText(names)]));
  }
  const { deadline } = startStep(context, step);
  const event: ApprovalRequested = {
    type: 'approval.requested',
    at: context.now,
    key: step.key,
    question,
    ...(show === undefined ? {} : { show }),
    ...(step.form ? { form: formSchema(step.form) } : {}),
    ...(step.by ? { by } : {}),
    quorum: step.quorum,
    ...(deadline === undefined ? {} : { due: deadline }),
    onTimeout: step.onTimeout,
    binding: yield* bindingOf(context, step),
  };
  context.run.bind(event.binding);
  context.emit(event);
  return event;
}

function spanOf({ at, due = at }: ApprovalRequested): number {
  return due - at;
}

/** A vote for what is no longer asked, of somebody who may not decide or has decided, or with a wrong form counts nothing. */
function* countedVote(
  context: RunContext,
  requested: ApprovalRequested,
  { vote, votes }: { readonly vote: Vote; readonly votes: readonly ApprovalVoted[] },
): Program<ApprovalVoted | undefined> {
  const problem = refusal(requested, vote, votes) ?? (yield* formProblem(context, requested, vote));
  if (problem !== undefined) {
    const text = `The decision of ${vote.by} does not count: ${problem}`;
    context.emit({ type: 'log.written', at: context.now, key: requested.key, level: 'warn', text });
    return undefined;
  }
  const { approved, by, form, comment } = vote;
  return {
    type: 'approval.voted',
    at: context.now,
    key: requested.key,
    approved,
    by,
    ...(form === undefined ? {} : { form }),
    ...(comment === undefined ? {} : { comment }),
  };
}

function refusal({ by, binding }: ApprovalRequested, vote: Vote, votes: readonly ApprovalVoted[]): string | undefined {
  if (vote.binding !== binding.hash) return 'it was given for other effects than those that come next.';
  if (by && !by.includes(vote.by)) return `only these may decide: ${by.join(', ')}.`;
  // Who has approved may think better of it, as long as others are asked.
  const isKnown = votes.some((known) => known.by === vote.by && known.approved === vote.approved);
  return isKnown ? 'each person counts once.' : undefined;
}

function* formProblem(context: RunContext, { form }: ApprovalRequested, vote: Vote): Program<string | undefined> {
  return form && vote.approved ? yield* misfit(context, form, vote.form ?? {}) : undefined;
}

function decision(step: ApprovalStep, votes: readonly ApprovalVoted[]): StepEnding | undefined {
  const rejected = votes.find(({ approved }) => !approved);
  if (rejected) return rejection(step, rejected, `Rejected by ${rejected.by}${commentOf(rejected)}.`);
  const approvals = votes.filter(({ approved }) => approved);
  const last = approvals.at(-1);
  if (!last || approvals.length < step.quorum) return undefined;
  const by = approvals.map((vote) => vote.by);
  return { status: 'succeeded', output: resultOf(true, by, last), attempts: 1 };
}

function commentOf({ comment }: ApprovalVoted): string {
  return comment === undefined ? '' : `: ${comment}`;
}

/** With `continue_on_error` the run goes on and sees what was decided. */
function rejection(step: ApprovalStep, vote: ApprovalVoted | undefined, message: string): StepEnding {
  const output = resultOf(false, vote ? [vote.by] : [], vote);
  if (step.continueOnError) return { status: 'succeeded', output, attempts: 1 };
  const fault: Fault = { kind: 'rejected', message, outcome: 'not_executed', transient: false };
  return { status: 'failed', fault, attempts: 1 };
}

function resultOf(approved: boolean, by: readonly string[], last: ApprovalVoted | undefined): JsonObject {
  const form: Json = last?.form ?? null;
  const at = last ? new Date(last.at).toISOString() : null;
  return { approved, by: by.length === 1 ? (by[0] ?? null) : [...by], at, form };
}

function timedOut(context: RunContext, step: ApprovalStep, requested: ApprovalRequested): StepEnding {
  const message = `Nobody decided within ${formatDuration(spanOf(requested))}.`;
  switch (step.onTimeout) {
    case 'reject':
      return rejection(step, undefined, message);
    case 'approve': {
      const at = new Date(context.now).toISOString();
      return { status: 'succeeded', output: { approved: true, by: null, at, form: null }, attempts: 1 };
    }
    case 'fail': {
      const fault: Fault = { kind: 'wait_timeout', message, outcome: 'failed', transient: false };
      return { status: 'failed', fault, attempts: 1 };
    }
  }
}
