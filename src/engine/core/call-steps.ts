import type { Program } from './scheduler.ts';
import { EvaluationError } from '../../language/expressions/scope.ts';
import type { StepStarted } from '../../model/events.ts';
import type { Action } from '../../model/actions.ts';
import { canonicalJson } from '../../model/json.ts';
import type { Fault } from '../../model/faults.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CallStep, Step } from '../../model/workflow.ts';
import type { Call } from './call.ts';
import { performCall, type CallOutcome } from './calls.ts';
import type { RunContext } from './context.ts';
import { paramsOf } from './executions.ts';
import { hasFixedSettings, resolveAction, resolveSettings } from './resolve.ts';
import { startStep } from './start-step.ts';
import type { StepEnding } from './step-end.ts';

/**
 * Runs a step that reaches outside, all its policies applied.
 * @param begun where it was resolved before: a compensation
 */
export function* runCallStep(context: RunContext, step: CallStep, begun?: StepStarted): Program<StepEnding> {
  const started = begun ?? context.history.stepsStarted.get(step.key) ?? (yield* startCall(context, step));
  const { action, deadline } = started;
  if (!action) throw new EvaluationError('expression', `The journal's record of "${step.key}" is incomplete.`);
  const settings = started.settings ?? (yield* resolveSettings(context, step, action));
  if (context.facts.options.dryRun && step.effect !== 'read') {
    return { status: 'skipped', skipped: 'dry_run', attempts: 0 };
  }
  if (context.facts.options.readOnly && step.effect !== 'read') {
    return { status: 'failed', fault: refusedWrite(step), attempts: 0 };
  }
  const limit = deadline === undefined ? {} : { limit: limitOf(deadline, started.at, context.now) };
  const call = { step, action, settings, key: step.key, runStep: runForAnother, ...limit };
  const outcome = yield* performCall(context, call);
  return callEnding(outcome);
}

/** A clock that was set back since the step began must not lengthen its `timeout`. */
function limitOf(deadline: EpochMs, startedAt: EpochMs, now: EpochMs): NonNullable<Call['limit']> {
  const timeoutMs = deadline - startedAt;
  return { deadline: Math.min(deadline, now + timeoutMs), timeoutMs };
}

function refusedWrite({ effect }: CallStep): Fault {
  const what = effect === 'write' ? 'writes' : 'changes something, though it may be repeated';
  return {
    kind: 'read_only',
    message: `The project is in read-only mode, and this call ${what}. It was not made.`,
    outcome: 'not_executed',
    transient: false,
    hint: 'Leave the read-only mode. If the call only reads, say so with "effect: read".',
  };
}

function callEnding({ result, attempts, cachedAgeMs, fallback }: CallOutcome): StepEnding {
  if (!result.ok) {
    const status = result.fault.kind === 'cancelled' ? 'cancelled' : 'failed';
    return { status, fault: result.fault, attempts };
  }
  return {
    status: 'succeeded',
    output: result.output,
    attempts,
    ...(cachedAgeMs === undefined ? {} : { cachedAgeMs }),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** An alternative or a probe. */
function* runForAnother(context: RunContext, step: Step): Program<boolean> {
  const outcome = yield* context.interpreter.step(context, step);
  return outcome.status === 'succeeded';
}

/** Resolves all fields once and records them: polls, attempts and a resumed run use what was resolved here. */
function* startCall(context: RunContext, step: CallStep): Program<StepStarted> {
  const action = yield* resolveAction(context, step);
  requireApproved(context, step, action);
  if (hasFixedSettings(step)) return startStep(context, step, { action });
  const settings = yield* resolveSettings(context, step, action);
  return startStep(context, step, { action, settings });
}

/** What was approved is made as it was shown, or not at all. */
function requireApproved(context: RunContext, { key }: CallStep, action: Action): void {
  const bound = context.run.bound.get(key);
  if (bound === undefined || bound === canonicalJson(paramsOf(action))) return;
  throw new EvaluationError(
    'rejected',
    'The call is not the one that was approved: its params have changed since then.',
    'Ask for the approval again, after everything that the call depends on.',
  );
}
