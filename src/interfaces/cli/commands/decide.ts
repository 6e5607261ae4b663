import { placeVote, waitForVote } from '../../../app/approvals.ts';
import type { PlacedVote, VoteFate } from '../../../app/approvals.ts';
import type { App } from '../../../app/app.ts';
import { resumeRun } from '../../../app/continue-run.ts';
import { userName } from '../../../app/user-name.ts';
import { RunnerError } from '../../../model/errors.ts';
import type { CliContext } from '../context.ts';
import type { DecideFlags } from '../declare/people.ts';
import { exitCodes } from '../exit-codes.ts';
import { createWatcher } from '../progress/create-watcher.ts';
import { readPair } from '../read-arguments.ts';
import { votesText } from '../render/approvals.ts';
import { reportRun } from '../report-run.ts';
import { watchRun } from '../watch-run.ts';
import { withAppOfRun } from '../with-app.ts';

/** How long a living process may take to count a vote. */
const patienceMs = 10_000;

export interface DecideRequest {
  readonly run: string;
  readonly step?: string | undefined;
  readonly approved: boolean;
}

/** `runner approve`, `runner reject`. Where nobody has the run, it goes on here. */
export function decide(context: CliContext, request: DecideRequest, flags: DecideFlags): Promise<number> {
  const { run, step, approved } = request;
  return withAppOfRun(context, { run, sandbox: flags.sandbox === true }, async (app) => {
    const form = await Promise.all((flags.form ?? []).map((pair) => readPair(context, pair)));
    const said = {
      ...(step === undefined ? {} : { step }),
      ...(flags.comment === undefined ? {} : { comment: flags.comment }),
      ...(flags.binding === undefined ? {} : { binding: flags.binding }),
    };
    const vote = await placeVote(app, run, { approved, by: userName(), form, ...said });
    if (vote.executor !== undefined) return tellFate(context, app, { vote, request, flags });
    if (!flags.continue) return tellStored(context, vote, { request, flags });
    return continueHere(context, app, { vote, request, flags });
  });
}

interface Voted {
  readonly vote: PlacedVote;
  readonly request: DecideRequest;
  readonly flags: DecideFlags;
}

async function tellFate(context: CliContext, app: App, { vote, request, flags }: Voted): Promise<number> {
  const { terminal } = context;
  const fate = await waitForVote(app, vote, { by: userName(), patienceMs });
  const { key } = vote.approval.request;
  if (fate.kind === 'void') {
    throw new RunnerError('APPROVAL_CHANGED', `What "${key}" is about has changed, so the vote does not count.`, {
      hint: `Look again with: runner approvals ${vote.run.id}`,
    });
  }
  if (flags.json) terminal.json(describe(vote, request, fate));
  else terminal.print(fateText(vote, request, fate));
  return exitCodes.success;
}

function fateText({ run, approval, executor }: PlacedVote, { approved }: DecideRequest, fate: VoteFate): string {
  const { key } = approval.request;
  const process = executor === undefined ? 'no process' : `process ${executor.pid}`;
  if (fate.kind !== 'counted')
    return `Your vote on ${key} of run ${run.id} is stored; ${process} has not taken it yet.`;
  const said = `${key} of run ${run.id}: ${approved ? 'approved' : 'rejected'}`;
  if (fate.approval !== undefined) return `${said} by you, ${votesText(fate.approval)}; it waits for more.`;
  return `${said}; the run goes on in ${process}.`;
}

function tellStored({ terminal }: CliContext, vote: PlacedVote, { request, flags }: Omit<Voted, 'vote'>): number {
  const { run, approval } = vote;
  if (flags.json) terminal.json(describe(vote, request, { kind: 'open' }));
  else {
    terminal.print(`Your vote on ${approval.request.key} of run ${run.id} is stored.`);
    terminal.note(`It counts when the run goes on, with a worker or with: runner resume ${run.id}`);
  }
  return exitCodes.success;
}

async function continueHere(context: CliContext, app: App, { vote, request, flags }: Voted): Promise<number> {
  const { terminal } = context;
  const { run, approval } = vote;
  const word = request.approved ? 'approved' : 'rejected';
  terminal.note(`${approval.request.key} is ${word} by you; no process has run ${run.id}, so it goes on here.`);
  const watcher = await createWatcher(terminal);
  const watched = await watchRun({ terminal, watcher }, (observer) => resumeRun(app, run.id, observer));
  return reportRun(terminal, watched, flags.json === true);
}

function describe({ run, approval, executor }: PlacedVote, { approved }: DecideRequest, fate: VoteFate): object {
  const { key, quorum } = approval.request;
  const votes = fate.kind === 'counted' ? fate.approval?.votes : approval.votes;
  return {
    run_id: run.id,
    step: key,
    approved,
    by: userName(),
    counted: fate.kind === 'counted',
    open: fate.kind !== 'counted' || fate.approval !== undefined,
    approvals: votes?.filter((vote) => vote.approved).length ?? null,
    quorum,
    executor: executor === undefined ? null : { host: executor.host, pid: executor.pid },
  };
}
