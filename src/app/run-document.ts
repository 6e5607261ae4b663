import type { RunFault } from '../model/events.ts';
import type { Fault } from '../model/faults.ts';
import type { Json } from '../model/json.ts';
import { remedyOf } from '../model/remedies.ts';
import { retryCount } from '../model/run-view.ts';
import type { RunView, StepView } from '../model/run-view.ts';
import type { RunStatus, StepStatus } from '../model/states.ts';

/** A run as `--json` and interfaces show it. Absent values are null, so that every member is always there. */
export interface RunDocument {
  readonly run_id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly success: boolean;
  readonly output: Json;
  readonly error: ErrorDocument | null;
  /** Until now, where the run has not ended; until it was last worked on, where it is interrupted. */
  readonly duration_ms: number;
  /** What its calls have cost, in the unit of the project. */
  readonly cost: number;
  /** Steps of the main list. */
  readonly total_steps: number;
  /** Those of them that succeeded. */
  readonly completed_steps: number;
  /** True where the tools were those of the sandbox: no real service was touched. */
  readonly sandbox: boolean;
  readonly dry_run: boolean;
  /** Which of the project's environments. */
  readonly environment: string | null;
  /** True where everything but reads was refused. */
  readonly read_only: boolean;
  /** Steps of the main list, then those of handlers that began. */
  readonly steps: readonly StepDocument[];
}

export interface StepDocument {
  readonly id: string | null;
  readonly key: string;
  readonly kind: string;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly retry_count: number;
  readonly duration_ms: number | null;
  readonly cached: boolean;
  readonly fallback_used: boolean;
  /** How long its attempts have waited for rate limits and slots. */
  readonly waited_ms: number;
  /** What its calls have cost; null where they had no cost. */
  readonly cost: number | null;
  readonly error: ErrorDocument | null;
  readonly output: Json;
}

export interface ErrorDocument {
  /** Key of the step; only on a run's error, and null where the fault is the workflow's own. */
  readonly step?: string | null;
  readonly code: string;
  readonly message: string;
  readonly outcome: Fault['outcome'];
  readonly attempts?: number;
  readonly hint: string | null;
}

export interface RunDocumentSource {
  readonly id: string;
  readonly view: RunView;
  /** The journal's word, which also knows of dead owners. */
  readonly status: RunStatus;
  readonly now: number;
}

export function describeRun({ id, view, status, now }: RunDocumentSource): RunDocument {
  const main = view.steps.filter(({ key }) => !isHandlerKey(key));
  return {
    run_id: id,
    workflow: view.workflow,
    status,
    success: status === 'succeeded',
    output: view.output ?? null,
    error: view.error ? describeRunFault(view.error) : null,
    duration_ms: Math.max(0, (view.endedAt ?? now) - view.startedAt),
    cost: view.cost,
    total_steps: main.length,
    completed_steps: main.filter((step) => step.status === 'succeeded').length,
    sandbox: view.options.sandbox === true,
    dry_run: view.options.dryRun,
    environment: view.options.environment ?? null,
    read_only: view.options.readOnly === true,
    steps: view.steps.map(describeStep),
  };
}

/** True for steps of `on_failure` and `finally`. */
export function isHandlerKey(key: string): boolean {
  return key.startsWith('on_failure/') || key.startsWith('finally/');
}

export function describeStep(step: StepView): StepDocument {
  return {
    id: step.id ?? null,
    key: step.key,
    kind: step.kind,
    status: step.status,
    attempts: step.attempts.length,
    retry_count: retryCount(step),
    duration_ms: step.durationMs ?? null,
    cached: step.cachedAgeMs !== undefined,
    fallback_used: step.fallback !== undefined,
    waited_ms: step.waitedMs ?? 0,
    cost: step.cost ?? null,
    error: step.fault ? describeFault(step.fault) : null,
    output: step.output ?? null,
  };
}

export function describeFault(fault: Fault): ErrorDocument {
  return { code: fault.kind, message: fault.message, outcome: fault.outcome, hint: remedyOf(fault) ?? null };
}

function describeRunFault(fault: RunFault): ErrorDocument {
  return { step: fault.step ?? null, ...describeFault(fault), attempts: fault.attempts };
}
