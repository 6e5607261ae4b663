import { join } from 'node:path';
import { openJournal } from '../../src/adapters/sqlite/journal.ts';
import { currentOwner, isOwnerAlive } from '../../src/adapters/system/owner.ts';
import type { ApprovalRequested } from '../../src/model/approvals.ts';
import type { RunEvent } from '../../src/model/events.ts';
import { approval, compute, workflowOf } from './hand-made-workflow.ts';

export const askedAt = Date.parse('2026-11-22T15:05:38Z');

export const question: ApprovalRequested = {
  type: 'approval.requested',
  at: askedAt,
  key: 'ask',
  question: 'Restart srv-demo? It is down.',
  show: { state: 'down' },
  quorum: 1,
  onTimeout: 'reject',
  binding: {
    hash: 'c0ffee00',
    effects: [
      { step: 'restart', target: 'render/restart_service', params: { id: 'srv-demo' } },
      { step: 'tell', target: 'slack/post_message' },
    ],
  },
};

/** Leaves a run in a project that waits for an approval and that nobody has. */
export async function leaveAskingRun(
  root: string,
  id: string,
  ...asked: readonly (Partial<ApprovalRequested> | RunEvent)[]
): Promise<void> {
  const journal = await openJournal({
    folder: join(root, '.runner'),
    isAlive: isOwnerAlive,
    clock: { now: () => Date.now() },
  });
  const workflow = workflowOf(approval('ask', ['restart']), compute('restart'));
  const started: RunEvent = {
    type: 'run.started',
    at: askedAt,
    workflow: workflow.name,
    definition: workflow.hash,
    inputs: {},
    options: { dryRun: false, cache: true },
  };
  const events = asked.map((each): RunEvent => Object.assign({ ...question }, each));
  const run = { id, workflow, source: '', inputs: {}, startedAt: askedAt, status: 'running' } as const;
  await journal.create(run, currentOwner(), [started, ...events]);
  await journal.append(id, 1, [], { status: 'waiting', release: true });
  await journal.close();
}
