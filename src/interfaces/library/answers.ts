import type { CircuitListing } from '../../app/breakers.ts';
import { executionIdOf } from '../../app/call-tool.ts';
import type { Execution, ToolMetrics as KnownMetrics } from '../../app/telemetry.ts';
import type { KnownTool } from '../../app/tools.ts';
import type { ErrorDocument, RunDocument, StepDocument } from '../../app/run-document.ts';
import type { Redaction } from '../../app/secrets/redaction.ts';
import type { Json } from '../../model/json.ts';
import type { Redactor } from '../../model/redaction.ts';
import type { CircuitReport } from './circuit-types.ts';
import type { FollowedRun } from './follow.ts';
import type {
  CallResult,
  Failure,
  HistoryEntry,
  RunFailure,
  RunReport,
  RunResult,
  StepReport,
  ToolInfo,
  ToolMetrics,
} from './types.ts';

/** A run as programs see it. The type of its output is the caller's word. */
export function runResult<Output>({ document, hidden }: FollowedRun, redaction: Redaction): RunResult<Output> {
  const shown = redaction.ofRun(hidden);
  const report: RunReport = {
    runId: document.run_id,
    workflow: document.workflow,
    durationMs: document.duration_ms,
    totalSteps: document.total_steps,
    completedSteps: document.completed_steps,
    sandbox: document.sandbox,
    environment: document.environment,
    dryRun: document.dry_run,
    steps: document.steps.map((step) => stepReport({ ...step, output: shown(step.output) }, redaction)),
  };
  const { status } = document;
  if (status === 'succeeded') {
    return { ...report, success: true, status, output: shown(document.output) as Output, error: null };
  }
  return { ...report, success: false, status, output: null, error: runFailure(document.error, redaction) };
}

/** A call as programs see it. */
export function callResult<Result>({ document, view, hidden }: FollowedRun, redaction: Redaction): CallResult<Result> {
  const [step] = document.steps;
  const report = {
    executionId: executionIdOf(document.run_id, view),
    durationMs: document.duration_ms,
    cached: step?.cached ?? false,
    retryCount: step?.retry_count ?? 0,
    fallbackUsed: step?.fallback_used ?? false,
    sandbox: document.sandbox,
    environment: document.environment,
  };
  if (document.success) {
    const result: Json = redaction.ofRun(hidden)(step?.output ?? null);
    return { ...report, success: true, result: result as Result, error: null };
  }
  const fault = step?.error ?? document.error;
  return { ...report, success: false, result: null, error: fault ? failure(fault, redaction) : cancelled(document) };
}

export function historyEntry(execution: Execution): HistoryEntry {
  const { id, run, step, kind, server, tool, params, success, error } = execution;
  return {
    executionId: id,
    runId: run ?? null,
    step: step ?? null,
    kind,
    server,
    tool,
    version: execution.version ?? null,
    environment: execution.environment ?? null,
    params,
    success,
    error: error ? { code: error.kind, message: error.message } : null,
    durationMs: execution.durationMs,
    waitedMs: execution.waitedMs ?? 0,
    cached: execution.cache === 'hit',
    retryCount: execution.retryCount,
    fallbackUsed: execution.fallbackUsed,
    endedAt: new Date(execution.at),
  };
}

export function toolMetrics(metrics: KnownMetrics): ToolMetrics {
  const { server, tool, totalCalls, successfulCalls, failedCalls, durationMs } = metrics;
  const { cacheHits, cacheMisses, cacheHitRate, retries, fallbacks } = metrics;
  return {
    server,
    tool,
    version: metrics.version ?? null,
    environment: metrics.environment ?? null,
    totalCalls,
    successfulCalls,
    failedCalls,
    successRate: 1 - metrics.errorRate,
    durationMs: durationMs ?? null,
    cacheHits,
    cacheMisses,
    cacheHitRate,
    retries,
    fallbacks,
    cost: metrics.cost ?? null,
    throttledCalls: metrics.throttledCalls,
    waitedMs: metrics.waitedMs,
    lastExecutionAt: new Date(metrics.lastExecutionAt),
  };
}

export function circuitReport(circuit: CircuitListing): CircuitReport {
  const { key, place, state, failures } = circuit;
  return {
    key,
    place,
    state,
    since: dateOf(circuit.since),
    failures,
    nextProbe: dateOf(circuit.next_probe),
    openedBy: circuit.opened_by,
  };
}

export function toolInfo({ server, name, description, parameters, calls, stale }: KnownTool): ToolInfo {
  return { server, name, description, parameters: parameters ?? null, calls, stale };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

function stepReport(step: StepDocument, redactor: Redactor): StepReport {
  const { id, key, kind, status, attempts, cached, output } = step;
  return {
    id,
    key,
    kind,
    status,
    attempts,
    retryCount: step.retry_count,
    durationMs: step.duration_ms,
    waitedMs: step.waited_ms,
    cached,
    fallbackUsed: step.fallback_used,
    output,
    error: step.error && failure(step.error, redactor),
  };
}

function runFailure(error: ErrorDocument | null, redactor: Redactor): RunFailure | null {
  return error && { step: error.step ?? null, ...failure(error, redactor) };
}

/** Messages end up in logs: they are kept clear of what any run of this process hides. */
function failure({ code, message, outcome, hint }: ErrorDocument, redactor: Redactor): Failure {
  return { code, message: redactor.text(message), outcome, hint: hint === null ? null : redactor.text(hint) };
}

/** A call that was ended before it had a fault of its own. */
function cancelled({ status }: RunDocument): Failure {
  return { code: 'cancelled', message: `The call was ${status}.`, outcome: 'not_executed', hint: null };
}
