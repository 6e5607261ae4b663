import { evaluateCondition, evaluateList as listFrom, evaluateValue } from '../../language/expressions/evaluate.ts';
import { EvaluationError, type EvaluationScope } from '../../language/expressions/scope.ts';
import { RunnerError } from '../../model/errors.ts';
import type { TimerSet } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ExpressionValue, Value } from '../../model/values.ts';
import type { RunContext } from './context.ts';
import type { TimerRecord } from './history.ts';
import type { Completion, Operation } from './operations.ts';
import type { Performing, Program } from './scheduler.ts';

/** Performs an operation and gives its completion. */
export function* perform<Kind extends Operation['kind']>(
  frame: Performing['frame'],
  operation: Extract<Operation, { kind: Kind }>,
): Program<Extract<Completion, { kind: Kind }>> {
  const completion = yield { operation, frame };
  if (!isOfKind(completion, operation.kind)) {
    throw new RunnerError(
      'INTERNAL',
      `Operation "${operation.key}" was answered with ${completion?.kind ?? 'nothing'}.`,
    );
  }
  return completion;
}

function isOfKind<Kind extends Operation['kind']>(
  completion: Completion | undefined,
  kind: Kind,
): completion is Extract<Completion, { kind: Kind }> {
  return completion?.kind === kind;
}

/** The value of `value` as the run stands now; throws EvaluationError naming `at`, the field's path. */
export function* evaluate(scope: EvaluationScope, value: Value, at: string): Program<Json> {
  return yield* settle(evaluateValue(value, scope, at));
}

/** A list; throws EvaluationError naming `at`. */
export function* evaluateList(scope: EvaluationScope, value: Value, at: string): Program<readonly Json[]> {
  return yield* settle(listFrom(value, scope, at));
}

export function* isTrue(scope: EvaluationScope, condition: ExpressionValue, at: string): Program<boolean> {
  return yield* settle(evaluateCondition(condition, scope, at));
}

/** What is wrong with a value, in one sentence; undefined where it fits its schema. */
export function* misfit(context: RunContext, schema: JsonObject, value: Json): Program<string | undefined> {
  const { violations } = context.facts;
  const [first] = violations ? yield* settle(violations(schema, value)) : [];
  return first && `${first.path === '' ? 'the value' : first.path} ${first.message}.`;
}

function* settle<T>(value: T | Promise<T>): Program<T> {
  if (!(value instanceof Promise)) return value;
  const settled: T[] = [];
  yield value.then((result) => void settled.push(result));
  const [result] = settled;
  if (result === undefined) throw new RunnerError('INTERNAL', 'An evaluation gave no value.');
  return result;
}

/** What a run waits for. */
interface Timer extends Pick<TimerSet, 'key' | 'due' | 'reason' | 'cutShort'> {
  /** True where a person named the time: no other one may take its place. */
  readonly isAppointed?: boolean;
}

/**
 * Waits until `due`, in the journal and so over restarts. A timer that is recorded as fired is over at once.
 * @returns `aborted` when the run is cancelled meanwhile
 */
export function* sleep(context: RunContext, { isAppointed = false, ...timer }: Timer): Program<'fired' | 'aborted'> {
  const recorded = context.history.timers.get(timer.key);
  if (recorded?.fired) return 'fired';
  if (context.cancelled) return 'aborted';
  const due = recorded ? dueOf(recorded, isAppointed, context.now) : timer.due;
  if (due !== recorded?.due) context.emit({ type: 'timer.set', at: context.now, ...timer, due });
  const { outcome } = yield* perform(context, { kind: 'timer', key: timer.key, due });
  if (outcome === 'fired') context.emit({ type: 'timer.fired', at: context.now, key: timer.key });
  return outcome;
}

/** A clock that was set back since then must not make a wait longer than it was meant to be. */
function dueOf({ due, setAt }: TimerRecord, isAppointed: boolean, now: EpochMs): EpochMs {
  return isAppointed ? due : Math.min(due, now + (due - setAt));
}

/** The fault of what is ended because its frame is cancelled. */
export function cancelledFault({ whyCancelled = 'The run was cancelled.' }: RunContext): Fault {
  return { kind: 'cancelled', message: whyCancelled, outcome: 'not_executed', transient: false };
}

/** The fault of an evaluation that failed; anything else is a defect and goes on up. */
export function evaluationFault(error: unknown): Fault {
  if (!(error instanceof EvaluationError)) throw error;
  const { kind, message, hint } = error;
  return { kind, message, outcome: 'not_executed', transient: false, ...(hint === undefined ? {} : { hint }) };
}
