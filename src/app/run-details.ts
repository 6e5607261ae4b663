import { isoTime } from './iso-time.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { AttemptView, StepView, StepWait } from '../model/run-view.ts';
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
  };
}

function describeStepDetails(step: StepView): StepDetailsDocument {
  return {
    ...describeStep(step),
    line: step.line > 0 ? step.line : null,
    action: step.action ? describeAction(step.action) : null,
    skipped: step.skipped ?? null,
    waiting_until: dueOf(step.waiting),
    waiting_for: step.waiting ? describeWait(step.waiting) : null,
    attention: step.attention ?? null,
    attempt_list: step.attempts.map(describeAttempt),
    alternatives: step.alternatives.map(describeStepDetails),
  };
}

function dueOf(wait: StepWait | undefined): string | null {
  return wait !== undefined && 'due' in wait ? isoTime(wait.due) : null;
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
