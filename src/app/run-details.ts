import { isoTime } from './iso-time.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ApprovalView, AttemptView, BodyCounts, BodyView, StepView, StepWait } from '../model/run-view.ts';
import { dueOf, waitsOf } from '../model/run-view-waits.ts';
import type { RunWait } from '../model/run-view-waits.ts';
import type { Action } from '../model/actions.ts';
import { describeFault, describeStep } from './run-document.ts';
import type { ErrorDocument, RunDocument, StepDocument } from './run-document.ts';
import type { RunDetails } from './runs.ts';

/** One run with all its attempts, as `runner show --json` prints it. */
export interface RunDetailsDocument extends RunDocument {
  readonly inputs: JsonObject;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly commit: string | null;
  readonly definition: string;
  readonly file: string | null;
  readonly crashes: number;
  readonly resumes: number;
  readonly owner: { readonly host: string; readonly pid: number } | null;
  readonly steps: readonly StepDetailsDocument[];
  /** Compensations that have begun. */
  readonly undone: readonly StepDetailsDocument[];
  /** Everything that it waits for now. */
  readonly waits: readonly RunWaitDocument[];
  /** The run that it continues or repeats. */
  readonly origin: { readonly run_id: string; readonly kind: string; readonly from: string | null } | null;
  /** The step that started it as a child. */
  readonly parent: { readonly run_id: string; readonly step: string } | null;
}

interface RunWaitDocument {
  readonly step: string;
  readonly reason: RunWait['wait']['reason'];
  readonly until: string | null;
  /** Of an event. */
  readonly event: string | null;
  /** Of a child. */
  readonly child: string | null;
}

interface StepDetailsDocument extends StepDocument {
  readonly line: number | null;
  /** The call with everything resolved; null before it is made, and for steps that call nothing. */
  readonly action: Json;
  readonly skipped: string | null;
  readonly waiting_until: string | null;
  /** Why it waits; null while it does not. */
  readonly waiting_for: WaitDocument | null;
  /** The question that a person must answer. */
  readonly attention: string | null;
  readonly attempt_list: readonly AttemptDocument[];
  readonly alternatives: readonly StepDetailsDocument[];
  /** What a person is asked to decide, and who has said what; null for other steps. */
  readonly approval: Json;
  /** The run that it has started. */
  readonly child: { readonly run_id: string; readonly workflow: string } | null;
  /** Of a block, over all its bodies, those included that are not listed; null for other steps. */
  readonly counts: (BodyCounts & { readonly total: number | null }) | null;
  /** Of a loop without `--all`: those under way, those that failed, and the last few; null for other steps. */
  readonly bodies: readonly BodyDocument[] | null;
}

interface BodyDocument {
  readonly key: string;
  readonly status: BodyView['status'];
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly item: Json;
  readonly output: Json;
  readonly error: ErrorDocument | null;
  readonly steps: readonly StepDetailsDocument[];
}

interface WaitDocument {
  readonly reason: StepWait['reason'];
  /** Key of the limit that is waited for. */
  readonly limit: string | null;
  /** So many calls at once: none is free, or those that are belong to who came before. */
  readonly slots: number | null;
}

interface AttemptDocument {
  readonly key: string;
  readonly started_at: string;
  readonly duration_ms: number | null;
  readonly error: ErrorDocument | null;
}

export function describeRunDetails({ record, view, workflow, document }: RunDetails): RunDetailsDocument {
  return {
    ...document,
    inputs: view.inputs,
    started_at: isoTime(record.startedAt),
    ended_at: record.endedAt === undefined ? null : isoTime(record.endedAt),
    commit: record.commit ?? null,
    definition: record.definition,
    file: workflow?.file ?? null,
    crashes: record.crashes,
    resumes: view.resumes,
    owner: record.owner ? { host: record.owner.host, pid: record.owner.pid } : null,
    steps: view.steps.map(describeStepDetails),
    undone: view.undone.map(describeStepDetails),
    waits: waitsOf(view).map(describeRunWait),
    origin: view.origin ? { run_id: view.origin.run, kind: view.origin.kind, from: view.origin.from ?? null } : null,
    parent: view.parent ? { run_id: view.parent.run, step: view.parent.key } : null,
  };
}

function describeStepDetails(step: StepView): StepDetailsDocument {
  return {
    ...describeStep(step),
    line: step.line > 0 ? step.line : null,
    action: step.action ? describeAction(step.action) : null,
    skipped: step.skipped ?? null,
    waiting_until: timeOf(dueOf(step.waiting)),
    waiting_for: step.waiting ? describeWait(step.waiting) : null,
    attention: step.attention ?? null,
    attempt_list: step.attempts.map(describeAttempt),
    alternatives: step.alternatives.map(describeStepDetails),
    approval: step.approval ? describeApproval(step.approval) : null,
    child: step.child ? { run_id: step.child.run, workflow: step.child.workflow } : null,
    counts: step.block ? { ...step.block.counts, total: step.block.total ?? null } : null,
    bodies: step.block ? [...step.block.bodies.values()].map(describeBody) : null,
  };
}

function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : isoTime(at);
}

function describeRunWait({ step, wait }: RunWait): RunWaitDocument {
  return {
    step: step.key,
    reason: wait.reason,
    until: timeOf(dueOf(wait)),
    event: wait.reason === 'event' ? wait.name : null,
    child: wait.reason === 'child' ? wait.run : null,
  };
}

function describeBody(body: BodyView): BodyDocument {
  return {
    key: body.key,
    status: body.status,
    started_at: timeOf(body.startedAt),
    ended_at: timeOf(body.endedAt),
    item: body.item ?? null,
    output: body.output ?? null,
    error: body.error ? describeFault(body.error) : null,
    steps: body.steps.map(describeStepDetails),
  };
}

function describeApproval({ votes, ...request }: ApprovalView): Json {
  const told = votes.map(({ approved, by, at, comment = null, form = null }) => ({
    approved,
    by,
    at: isoTime(at),
    comment,
    form,
  }));
  return JSON.parse(JSON.stringify({ ...request, due: timeOf(request.due), votes: told })) as JsonObject;
}

function describeWait(wait: StepWait): WaitDocument {
  const { reason } = wait;
  return { reason, limit: 'key' in wait ? wait.key : null, slots: wait.reason === 'concurrency' ? wait.max : null };
}

function describeAttempt(attempt: AttemptView): AttemptDocument {
  return {
    key: attempt.key,
    started_at: isoTime(attempt.startedAt),
    duration_ms: attempt.durationMs ?? null,
    error: attempt.fault ? describeFault(attempt.fault) : null,
  };
}

/** The call without what an `http` step authenticates with. */
export function describeAction(action: Action): Json {
  const { auth, ...rest } = action.kind === 'http' ? action : { ...action, auth: undefined };
  return { ...(JSON.parse(JSON.stringify(rest)) as JsonObject), ...(auth ? { auth: auth.kind } : {}) };
}
