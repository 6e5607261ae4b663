import type { ApprovalVoted } from './approvals.ts';
import { addCosts } from './costs.ts';
import type { AttemptIntended, LimitWait, RunEvent, StepEnded, StepStarted } from './events.ts';
import { attemptNumber, pollNumber } from './keys.ts';
import type { RunView, StepView, StepWait } from './run-view.ts';
import { setStatus } from './run-view-active.ts';
import { blockOf } from './run-view-tree.ts';
import { isHiddenResult, isHiddenStep, sensitiveNotice } from './sensitive.ts';
import type { Hidden } from './sensitive.ts';
import type { EpochMs } from './time.ts';

/** Events that are about one step. */
export type StepEvent = Exclude<
  Extract<RunEvent, { key: string }>,
  { type: 'body.started' | 'body.ended' | 'undo.prepared' | 'log.written' }
>;

/** Brings a step up to date with what happened to it. */
export function applyStepEvent(view: RunView, step: StepView, event: StepEvent): void {
  if (event.type !== 'limit.awaited') endLimitWait(step, event.at);
  addCostOf(view, step, event);
  switch (event.type) {
    case 'step.started':
      return applyStarted(view, step, event);
    case 'limit.awaited':
      step.limitAwaitedAt ??= event.at;
      step.waiting = waitFor(event.limit);
      return setStatus(view, step, 'waiting');
    case 'attempt.intended':
      applyIntended(step, event);
      return setStatus(view, step, 'running');
    case 'attempt.ended': {
      const attempt = step.attempts.findLast(({ key }) => key === event.key);
      if (!attempt) return;
      attempt.durationMs = event.durationMs;
      if (event.fault) attempt.fault = event.fault;
      return;
    }
    case 'attempt.verified': {
      const attempt = step.attempts.findLast(({ key }) => key === event.key);
      if (attempt) attempt.verdict = event.verdict;
      return;
    }
    case 'timer.set':
      return applyTimer(view, step, event);
    case 'timer.fired':
    case 'signal.received':
      delete step.waiting;
      return setStatus(view, step, 'running');
    case 'approval.requested':
      return applyApproval(view, step, event);
    case 'approval.voted':
      applyVote(step, isHiddenStep(view.hidden, step.key) ? withoutForm(event) : event);
      return;
    case 'step.ended':
      applyEnded(step, event, view.hidden);
      return setStatus(view, step, event.status);
    case 'attention.raised':
      step.attention = event.message;
      return setStatus(view, step, 'unknown');
    case 'attention.resolved':
      delete step.attention;
      return setStatus(view, step, 'running');
    case 'poll.ended':
  }
}

function addCostOf(view: RunView, step: StepView, event: StepEvent): void {
  if (!('cost' in event) || event.cost === undefined) return;
  view.cost = addCosts(view.cost, event.cost);
  step.cost = addCosts(step.cost ?? 0, event.cost);
}

const blockKinds: ReadonlySet<string> = new Set(['parallel', 'race', 'for_each', 'repeat', 'switch', 'try']);

function applyStarted(view: RunView, step: StepView, event: StepStarted): void {
  step.kind = event.kind;
  step.startedAt = event.at;
  const action = event.action ?? view.index.prepared.get(step.key)?.action;
  if (action) step.action = action;
  if (blockKinds.has(event.kind)) blockOf(step);
  if (event.items) {
    const block = blockOf(step);
    block.total = event.items.length;
    if (!isHiddenStep(view.hidden, step.key)) block.items = event.items;
  }
  if (event.child) step.child = { run: event.child.run, workflow: event.child.workflow };
  const wait = eventWait(step, event);
  if (wait) step.waiting = wait;
  setStatus(view, step, wait ? 'waiting' : 'running');
}

/** Which event a step waits for stands in the definition alone. */
function eventWait({ definition }: StepView, { deadline }: StepStarted): StepWait | undefined {
  if (definition?.kind !== 'wait' || !('event' in definition.wait)) return undefined;
  return { reason: 'event', name: definition.wait.event, ...(deadline === undefined ? {} : { due: deadline }) };
}

function applyTimer(view: RunView, step: StepView, event: Extract<RunEvent, { type: 'timer.set' }>): void {
  const { due, reason } = event;
  const { waiting } = step;
  const isLimit = reason === 'wait' && (waiting?.reason === 'event' || waiting?.reason === 'approval');
  step.waiting = isLimit ? { ...waiting, due } : { reason, due };
  setStatus(view, step, 'waiting');
}

function applyApproval(view: RunView, step: StepView, event: Extract<RunEvent, { type: 'approval.requested' }>): void {
  const { type: _, at: __, key: ___, ...request } = event;
  step.approval = { ...request, votes: [] };
  step.waiting = { reason: 'approval', ...(event.due === undefined ? {} : { due: event.due }) };
  setStatus(view, step, 'waiting');
}

/** The last word of each person counts. */
function applyVote(step: StepView, vote: Extract<RunEvent, { type: 'approval.voted' }>): void {
  const { approval } = step;
  if (!approval) return;
  step.approval = { ...approval, votes: [...approval.votes.filter(({ by }) => by !== vote.by), vote] };
}

function withoutForm({ form, ...vote }: ApprovalVoted): ApprovalVoted {
  if (form === undefined) return vote;
  return { ...vote, form: Object.fromEntries(Object.keys(form).map((name) => [name, sensitiveNotice])) };
}

function endLimitWait(step: StepView, at: EpochMs): void {
  if (step.limitAwaitedAt === undefined) return;
  step.waitedMs = (step.waitedMs ?? 0) + Math.max(0, at - step.limitAwaitedAt);
  delete step.limitAwaitedAt;
}

function waitFor(limit: LimitWait): StepWait {
  const { key } = limit;
  if (limit.kind === 'rate_limit') return { reason: 'rate_limit', key, due: limit.due };
  return { reason: 'concurrency', key, max: limit.max };
}

function applyIntended(step: StepView, event: AttemptIntended): void {
  delete step.waiting;
  step.polls = Math.max(step.polls, pollNumber(event.key));
  if (step.attempts.at(-1)?.key === event.key) return;
  step.attempts.push({ key: event.key, effect: event.effect, number: attemptNumber(event.key), startedAt: event.at });
}

function applyEnded(step: StepView, event: StepEnded, hidden: Hidden): void {
  step.kind = event.kind;
  step.durationMs = event.durationMs;
  step.tolerated = event.tolerated === true;
  delete step.waiting;
  delete step.attention;
  delete step.block?.items;
  if (event.skipped) step.skipped = event.skipped;
  if (event.output !== undefined) step.output = isHiddenResult(hidden, step.key) ? sensitiveNotice : event.output;
  if (event.fault) step.fault = event.fault;
  if (event.cachedAgeMs !== undefined) step.cachedAgeMs = event.cachedAgeMs;
  if (event.fallback !== undefined) step.fallback = event.fallback;
  if (event.failures) blockOf(step).failures = event.failures;
}
