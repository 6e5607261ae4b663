import type { Action, StepResult } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import { formatDuration } from '../../model/time.ts';
import type { AttemptOperation } from '../core/operations.ts';
import type { CallContext, Clock, Connector } from '../ports.ts';
import { withTimeLimit } from './time-limit.ts';

/** `setTimeout` fires at once beyond this. */
const longestTimerMs = 2 ** 31 - 1;

export interface AttemptParts {
  readonly connectors: { readonly tool: Connector; readonly http: Connector; readonly run: Connector };
  readonly clock: Clock;
  /** Takes what a step's call tells of its progress; gives undefined where nobody listens. */
  readonly reporter?: (run: string, step: string) => CallContext['report'];
}

/**
 * Performs single attempts that were admitted and have a place in this process: attempt time-out → the call.
 * All of it is about exactly one attempt and never two, because it dies with the process.
 */
export class Attempts {
  private readonly parts: AttemptParts;

  constructor(parts: AttemptParts) {
    this.parts = parts;
  }

  /** The result of one attempt. An aborted attempt ends soon with a `cancelled` fault that keeps the outcome. */
  perform(run: string, operation: AttemptOperation, signal: AbortSignal): Promise<StepResult> {
    if (signal.aborted) return Promise.resolve(notBegun());
    return this.withTimeout(run, operation, signal);
  }

  private async withTimeout(run: string, operation: AttemptOperation, signal: AbortSignal): Promise<StepResult> {
    const limitMs = this.limitOf(operation);
    const result = await withTimeLimit(limitMs, signal, async (inner) => {
      const result = await this.call(run, operation, inner);
      return !result.ok && inner.aborted && !signal.aborted ? late(result.fault, limitMs) : result;
    });
    return !result.ok && signal.aborted ? cancelled(result.fault) : result;
  }

  private call(run: string, operation: AttemptOperation, signal: AbortSignal): Promise<StepResult> {
    const { action, idempotencyKey, step, number } = operation;
    const report = this.parts.reporter?.(run, step);
    const context = { idempotencyKey, run, step, attempt: number, ...(report && { report }) };
    return this.connectorOf(action).call(action, context, signal);
  }

  private connectorOf(action: Action): Connector {
    return this.parts.connectors[action.kind];
  }

  /** The attempt's own time, or what is left of the step's. */
  private limitOf({ timeoutMs, deadline }: AttemptOperation): number {
    if (deadline === undefined) return Math.min(timeoutMs, longestTimerMs);
    return Math.max(1, Math.min(timeoutMs, longestTimerMs, Math.ceil(deadline - this.parts.clock.now())));
  }
}

function notBegun(): StepResult {
  const message = 'The run was cancelled before the call began.';
  return { ok: false, fault: { kind: 'cancelled', message, outcome: 'not_executed', transient: false } };
}

function late(fault: Fault, limitMs: number): StepResult {
  const known = fault.outcome === 'not_executed' ? 'the call was not made' : 'it may have happened all the same';
  const message = `No answer within ${formatDuration(limitMs)}; ${known}.`;
  return { ok: false, fault: { ...fault, kind: 'timeout', message, transient: true } };
}

function cancelled(fault: Fault): StepResult {
  const known = fault.outcome === 'unknown' ? 'it may have happened all the same' : 'it did not happen';
  const message = `Cancelled during the call; ${known}.`;
  return { ok: false, fault: { kind: 'cancelled', message, outcome: fault.outcome, transient: false } };
}
