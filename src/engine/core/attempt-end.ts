import type { Program } from './scheduler.ts';
import type { StepResult } from '../../model/actions.ts';
import type { AttemptVerified } from '../../model/events.ts';
import { wasNeverIntended, type Fault } from '../../model/faults.ts';
import type { Json } from '../../model/json.ts';
import { formatDuration } from '../../model/time.ts';
import type { Attempt, Call } from './call.ts';
import type { RunContext } from './context.ts';
import { costOf, costWithoutResult, keepCost } from './costs.ts';
import { needsProbe, probe, type Verdict } from './verify.ts';

/** Records how an attempt ended; where that leaves open whether it happened, a probe decides before anything else. */
export function* endAttempt(
  context: RunContext,
  call: Call,
  attempt: Attempt,
  { result, durationMs }: { readonly result: StepResult; readonly durationMs: number },
): Program<StepResult> {
  const isOpen = needsProbe(context, call, result);
  const cost = isOpen ? 0 : yield* costOf(context, call, attempt, result);
  recordEnd(context, call, attempt, { result, durationMs, cost });
  if (result.ok || !wasNeverIntended(result.fault)) {
    settleBudget(context, call, attempt, result.ok || result.fault.outcome !== 'not_executed');
  }
  return inTime(context, call, result.ok ? result : yield* decideDoubt(context, call, attempt, result.fault));
}

export function recordEnd(
  context: RunContext,
  call: Call,
  { key }: Attempt,
  { result, durationMs, cost }: { readonly result: StepResult; readonly durationMs: number; readonly cost: number },
): void {
  context.emit({
    type: 'attempt.ended',
    at: context.now,
    key,
    durationMs,
    ...(result.ok ? {} : { fault: result.fault }),
    ...(cost === 0 ? {} : { cost }),
  });
  keepCost(context, call, cost);
  if (call.step.effect !== 'read' && call.action.kind === 'tool') {
    context.cacheChanges.push({ kind: 'drop', server: call.action.server, at: context.now });
  }
}

/** An attempt that surely was not executed is not counted. */
export function settleBudget(context: RunContext, { settings }: Call, { key }: Attempt, executed: boolean): void {
  if (settings.budget) context.settled.push({ attempt: key, at: context.now, executed });
}

/**
 * What an attempt that has failed comes to, its probe heard: it happened after all, it surely did not, or the fault
 * stands as it is.
 */
export function* decideDoubt(context: RunContext, call: Call, attempt: Attempt, fault: Fault): Program<StepResult> {
  const { verify } = call.step;
  const recorded = context.history.attempts.get(attempt.key)?.verified;
  if (recorded) return decided(fault, recorded.verdict, context.history.stepsEnded.get(recorded.probe)?.output ?? null);
  if (!verify || !needsProbe(context, call, failed(fault))) return failed(fault);
  const verdict = yield* probe(context, call, verify);
  const result = decided(fault, verdict.verdict, verdict.output);
  const { cutOff } = attempt;
  const cost = costWithoutResult(context, call, verdict.verdict === 'not_happened' ? cutOff : cutOff + 1);
  recordVerdict(context, attempt, verdict, cost);
  keepCost(context, call, cost);
  if (verdict.verdict === 'not_happened') settleBudget(context, call, attempt, false);
  return result;
}

export function recordVerdict(context: RunContext, { key }: Attempt, { verdict, probe: by }: Verdict, cost = 0): void {
  const priced = cost === 0 ? {} : { cost };
  context.emit({ type: 'attempt.verified', at: context.now, key, verdict, probe: by, ...priced });
}

function decided(fault: Fault, verdict: AttemptVerified['verdict'], output: Json): StepResult {
  switch (verdict) {
    case 'happened':
      return { ok: true, output };
    case 'not_happened':
      return failed({ ...fault, outcome: 'not_executed' });
    case 'unknown':
      return failed(fault);
  }
}

export function inTime(context: RunContext, call: Call, result: StepResult): StepResult {
  if (result.ok || result.fault.kind === 'cancelled' || !isOverdue(context, call)) return result;
  return failed(timedOut(call, result.fault));
}

export function failed(fault: Fault): StepResult & { readonly ok: false } {
  return { ok: false, fault };
}

export function isOverdue(context: RunContext, { limit }: Call): boolean {
  return limit !== undefined && context.now >= limit.deadline;
}

/** The fault of a step whose total time is over; it keeps what the last attempt says about the effect. */
export function timedOut({ limit }: Call, last: Fault | undefined): Fault {
  const time = limit ? ` of ${formatDuration(limit.timeoutMs)}` : '';
  const message = `The step's timeout${time} is over.${last ? ` Last: ${last.message}` : ''}`;
  return { kind: 'timeout', message, outcome: last?.outcome ?? 'not_executed', transient: false };
}
