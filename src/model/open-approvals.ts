import type { ApprovalRequested, ApprovalVoted } from './approvals.ts';
import type { RunEvent } from './events.ts';

/** A question that waits for people. */
export interface OpenApproval {
  readonly request: ApprovalRequested;
  /** The last word of each person, in the order in which they were given. */
  readonly votes: readonly ApprovalVoted[];
}

/**
 * The approvals of a run that nobody has decided yet, in the order in which they were asked. One that is asked anew
 * begins without votes: what they were given for is not what is asked now.
 */
export function openApprovals(events: Iterable<RunEvent>): readonly OpenApproval[] {
  const open = new Map<string, OpenApproval>();
  for (const event of events) noteApproval(open, event);
  return [...open.values()];
}

/** Brings the open approvals, by key, up to date with one more event of their run. */
export function noteApproval(open: Map<string, OpenApproval>, event: RunEvent): void {
  if (event.type === 'approval.requested') {
    open.delete(event.key);
    open.set(event.key, { request: event, votes: [] });
  } else if (event.type === 'approval.voted') {
    const known = open.get(event.key);
    if (known) open.set(event.key, { ...known, votes: [...known.votes.filter(({ by }) => by !== event.by), event] });
  } else if (event.type === 'step.ended' || event.type === 'body.ended') {
    open.delete(event.key);
    // What a body that was cancelled asked needs no answer any more.
    for (const key of open.keys()) if (key.startsWith(`${event.key}.`)) open.delete(key);
  } else if (event.type === 'run.ended') open.clear();
}
