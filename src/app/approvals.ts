import type { Journal } from '../engine/ports.ts';
import { RunnerError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import { openApprovals } from '../model/open-approvals.ts';
import type { OpenApproval } from '../model/open-approvals.ts';
import { runFinal } from '../model/ownership.ts';
import type { Owner, RunRecord } from '../model/run-records.ts';
import { isFinal } from '../model/states.ts';
import type { RunStatus } from '../model/states.ts';
import type { App } from './app.ts';
import { readForm } from './approval-form.ts';
import { hideFamily } from './hide-family.ts';
import type { InputArgument } from './inputs.ts';
import { executorOfRun } from './executors.ts';

/** An approval that is open, and the run that waits for it. */
export interface ApprovalListing {
  readonly run: RunRecord;
  readonly approval: OpenApproval;
}

/** States in which a run may wait for people; one that lost its process waits on as soon as it has another. */
const mayAsk: readonly RunStatus[] = ['waiting', 'running', 'paused', 'interrupted'];

/** What waits for people, the oldest question first. @param run only those of this run */
export async function listApprovals(app: App, run?: string): Promise<readonly ApprovalListing[]> {
  const journal = await app.stores.records();
  const runs = run === undefined ? journal.list({ statuses: mayAsk, limit: 10_000 }) : [journal.find(run)];
  return runs
    .flatMap((record) => openOf(app, journal, record).map((approval) => ({ run: record, approval })))
    .toSorted((a, b) => a.approval.request.at - b.approval.request.at);
}

type Records = Pick<Journal, 'find' | 'events' | 'definition'>;

function openOf(app: App, journal: Records, run: RunRecord): readonly OpenApproval[] {
  const open = openApprovals(journal.events(run.id));
  if (open.length > 0) hideFamily(app.configuration.redactor, journal, run);
  return open;
}

/** What a person says about an approval. */
export interface Decision {
  readonly approved: boolean;
  /** Key or id of the step; absent: the only one that is open. */
  readonly step?: string;
  readonly by: string;
  readonly form: readonly InputArgument[];
  readonly comment?: string;
  /** Hash of what was shown; absent: whatever is to be approved now. */
  readonly binding?: string;
}

/** A vote that is stored for the run. */
export interface PlacedVote {
  readonly run: RunRecord;
  readonly approval: OpenApproval;
  /** The living process that has the run, or drains the queue, and so takes the vote. */
  readonly executor?: Owner;
}

/**
 * Stores a person's vote.
 * @throws RunnerError RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_FINAL, APPROVAL_NOT_FOUND, APPROVAL_DENIED, APPROVAL_CHANGED,
 *   FORM_INVALID: nothing is stored
 */
export async function placeVote(app: App, id: string, decision: Decision): Promise<PlacedVote> {
  const journal = await app.stores.journal();
  const run = journal.find(id);
  if (isFinal(run.status)) throw runFinal(run.id, run.status);
  const approval = chosen(run, openOf(app, journal, run), decision.step);
  const { request } = approval;
  requireRight(approval, decision.by);
  requireSame(run, approval, decision.binding);
  const form = decision.approved ? await readForm(request.form, decision.form) : undefined;
  await journal.request(run.id, voteOf(approval, decision, form));
  const executor = await executorOfRun(app, run);
  return { run, approval, ...(executor && { executor }) };
}

/** The request that carries a vote. */
function voteOf(
  { request: { key, binding } }: OpenApproval,
  { approved, by, comment }: Pick<Decision, 'approved' | 'by' | 'comment'>,
  form: JsonObject | undefined,
) {
  const said = { ...(form === undefined ? {} : { form }), ...(comment === undefined ? {} : { comment }) };
  return { kind: 'decide', step: key, approved, by, binding: binding.hash, ...said } as const;
}

function chosen(run: RunRecord, open: readonly OpenApproval[], step: string | undefined): OpenApproval {
  const fitting = open.filter(({ request: { key } }) => step === undefined || key === step || key.endsWith(`.${step}`));
  const [only, another] = fitting;
  const keys = open.map(({ request }) => request.key).join(', ');
  if (only === undefined) {
    const what = step === undefined || open.length === 0 ? 'no approval' : `no approval of step "${step}"`;
    throw new RunnerError('APPROVAL_NOT_FOUND', `Run ${run.id} waits for ${what}.`, {
      hint: open.length === 0 ? 'See what waits for people with: runner approvals' : `It waits for: ${keys}.`,
    });
  }
  if (another === undefined) return only;
  throw new RunnerError('APPROVAL_NOT_FOUND', `Run ${run.id} waits for ${fitting.length} approvals.`, {
    hint: `Name the step after the run, one of: ${fitting.map(({ request }) => request.key).join(', ')}.`,
  });
}

/** @throws RunnerError APPROVAL_DENIED where the approval is for others to decide */
function requireRight({ request: { key, by } }: OpenApproval, user: string): void {
  if (by === undefined || by.includes(user)) return;
  throw new RunnerError('APPROVAL_DENIED', `The approval "${key}" is not for ${user} to decide.`, {
    hint: `It is for ${by.join(', ')}.`,
  });
}

function requireSame(run: RunRecord, { request: { key, binding } }: OpenApproval, seen: string | undefined): void {
  if (seen === undefined || binding.hash.startsWith(seen)) return;
  throw new RunnerError('APPROVAL_CHANGED', `What "${key}" is about has changed since it was shown.`, {
    hint: `Look again with: runner approvals ${run.id}`,
  });
}

/** What became of a vote that another process was to take. */
export type VoteFate =
  | { readonly kind: 'counted'; readonly approval?: OpenApproval; readonly status: RunStatus }
  /** It was for something that has changed meanwhile. */
  | { readonly kind: 'void' }
  /** Nobody has taken it yet; it stays stored. */
  | { readonly kind: 'open' };

const lookAgainMs = 100;

/** Waits until another process has taken a vote. */
export async function waitForVote(
  app: App,
  { run, approval }: PlacedVote,
  { by, patienceMs }: { readonly by: string; readonly patienceMs: number },
): Promise<VoteFate> {
  const journal = await app.stores.journal();
  const until = app.clock.now() + patienceMs;
  const { signal } = new AbortController();
  for (;;) {
    const fate = fateOf(journal, run.id, { approval, by });
    if (fate !== undefined) return fate;
    if (app.clock.now() >= until) return { kind: 'open' };
    await app.clock.until(app.clock.now() + lookAgainMs, signal);
  }
}

function fateOf(
  journal: Journal,
  id: string,
  { approval, by }: { readonly approval: OpenApproval; readonly by: string },
): VoteFate | undefined {
  const { key, binding } = approval.request;
  const now = openApprovals(journal.events(id)).find(({ request }) => request.key === key);
  if (now === undefined) return { kind: 'counted', status: journal.find(id).status };
  if (now.request.binding.hash !== binding.hash) return { kind: 'void' };
  const before = approval.votes.findLast((vote) => vote.by === by);
  const vote = now.votes.findLast((each) => each.by === by);
  if (vote === undefined || vote.at === before?.at) return undefined;
  return { kind: 'counted', approval: now, status: journal.find(id).status };
}
