import type { StepResult } from '../../model/actions.ts';
import type { AttentionResolved } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import { failed, inTime, recordEnd, recordVerdict, settleBudget } from './attempt-end.ts';
import type { Attempt, Call } from './call.ts';
import type { RunContext } from './context.ts';
import { costWithoutResult } from './costs.ts';
import { perform } from './program.ts';
import type { Program } from './scheduler.ts';
import { probe, type Verdict } from './verify.ts';

/** How it goes on: with a result, or with the same attempt once more, which surely did not happen or may have. */
type Settled = StepResult | 'not_happened' | 'repeat';

/**
 * What becomes of an attempt that was in flight when its process died. What a person has said holds; else a probe is
 * asked; where there is none, or it gives no answer, a read or idempotent call is repeated with the same key, and for
 * anything else the author's `on_interrupt` decides, and by default a person.
 */
export function* settleInterrupted(context: RunContext, call: Call, attempt: Attempt): Program<Settled> {
  const resolution = context.history.attempts.get(attempt.key)?.resolution;
  const settled = resolution ? statedResult(resolution) : yield* decideInterrupted(context, call, attempt);
  if (settled === 'not_happened' || settled === 'repeat') return settled;
  // Who states that it failed knows that it did not happen.
  const executed = resolution?.as !== 'failed';
  const cost = costWithoutResult(context, call, attempt.cutOff + (executed ? 1 : 0));
  recordEnd(context, call, attempt, { result: settled, durationMs: 0, cost });
  settleBudget(context, call, attempt, executed);
  return inTime(context, call, settled);
}

function statedResult({ as, output, by }: AttentionResolved): StepResult | 'repeat' {
  switch (as) {
    case 'retry':
      return 'repeat';
    case 'done':
      return { ok: true, output: output ?? null };
    case 'failed':
      return failed(interrupted(`Stated as failed by ${by}.`, 'failed'));
  }
}

function* decideInterrupted(context: RunContext, call: Call, attempt: Attempt): Program<Settled> {
  if (context.cancelled) return failed(cancelledInDoubt());
  const verdict = yield* askProbe(context, call, attempt);
  if (verdict?.verdict === 'happened') return { ok: true, output: verdict.output };
  if (verdict?.verdict === 'not_happened') return 'not_happened';
  const { effect, onInterrupt } = call.step;
  if (effect !== 'write' || onInterrupt === 'retry') return 'repeat';
  if (onInterrupt === 'fail') {
    return failed(interrupted('The runner was interrupted during the call; it may have happened.', 'unknown'));
  }
  return yield* askAPerson(context, attempt);
}

/** Asks once; and again with each resume of a run that waits for a person, since the probe may answer by then. */
function* askProbe(context: RunContext, call: Call, attempt: Attempt): Program<Verdict | undefined> {
  const { verify, effect } = call.step;
  if (!verify || effect === 'read') return undefined;
  const record = context.history.attempts.get(attempt.key);
  const known = record?.verified;
  if (known && !(known.verdict === 'unknown' && record.raised)) {
    return { ...known, output: context.history.stepsEnded.get(known.probe)?.output ?? null };
  }
  const verdict = yield* probe(context, call, verify);
  recordVerdict(context, attempt, verdict);
  if (verdict.verdict === 'not_happened') settleBudget(context, call, attempt, false);
  return verdict;
}

function* askAPerson(context: RunContext, { key }: Attempt): Program<StepResult> {
  if (!context.history.attempts.get(key)?.raised) {
    const message = 'The runner was interrupted during this call, and it may or may not have happened.';
    context.emit({ type: 'attention.raised', at: context.now, key, message });
  }
  // Answered only when the run is cancelled meanwhile: a statement by hand begins the run anew from its journal.
  yield* perform(context, { kind: 'attention', key });
  return failed(cancelledInDoubt());
}

function interrupted(message: string, outcome: Fault['outcome']): Fault {
  return { kind: 'outcome_unknown', message, outcome, transient: false };
}

function cancelledInDoubt(): Fault {
  const message = 'The run was cancelled; this call was interrupted before and may have happened.';
  return { kind: 'cancelled', message, outcome: 'unknown', transient: false };
}
