import type { BodyEnded } from '../../../model/events.ts';
import type { Json } from '../../../model/json.ts';
import { declaredKey, type Body, type Step } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { runFault, type Ending } from '../endings.ts';
import { lastResult } from '../last-result.ts';
import { cancelledFault, evaluate, evaluationFault } from '../program.ts';
import type { Program } from '../scheduler.ts';
import { rekeyed } from '../rekey.ts';

/** One body of a block, as it runs: an item, a round, a branch, a case, a handler. */
export interface BodyRun {
  /** `deploy[3]`, `checks.api`. */
  readonly key: string;
  readonly body: Body;
  /** What the keys of its steps begin with in the definition, and in this run. */
  readonly declared: string;
  readonly actual: string;
  /** How its steps are run; absent: as a list. A `contender` has succeeded only where its one step has. */
  readonly as?: 'list' | 'handler' | 'contender' | 'attempt';
}

/** How a body ended, with what it gives. */
export type BodyEnding =
  | Exclude<Ending, { kind: 'completed' }>
  | { readonly kind: 'completed'; readonly output: Json }
  | { readonly kind: 'skipped' };

/** Runs a body in its frame, or takes its end from the journal where it has one. */
export function* runBody(frame: RunContext, body: BodyRun): Program<BodyEnding> {
  const recorded = frame.history.bodiesEnded.get(body.key);
  if (recorded) return fromRecord(frame, recorded);
  const ending = yield* endingOf(frame, body);
  frame.emit({ type: 'body.ended', at: frame.now, key: body.key, ...record(ending) });
  return ending;
}

function* endingOf(frame: RunContext, { body, declared, actual, as = 'list' }: BodyRun): Program<BodyEnding> {
  const steps = rekeyed(body.steps, declared, actual);
  const ending = yield* frame.interpreter[as === 'contender' ? 'list' : as](frame, steps);
  if (ending.kind !== 'completed') return ending;
  const unsuccessful = as === 'contender' ? withoutSuccess(frame, steps) : undefined;
  if (unsuccessful) return unsuccessful;
  try {
    const output = body.output ? yield* evaluate(frame, body.output, 'output') : lastResult(frame, steps);
    return { kind: 'completed', output };
  } catch (error) {
    return { kind: 'failed', error: { ...evaluationFault(error), step: actual, attempts: 0 } };
  }
}

/** A step that was skipped takes no part in a race; one that failed tolerated has not won it. */
function withoutSuccess(frame: RunContext, steps: readonly Step[]): BodyEnding | undefined {
  const [step] = steps;
  const end = step && frame.endOf(declaredKey(step));
  if (end?.status === 'skipped') return { kind: 'skipped' };
  if (!step || end?.status !== 'failed' || !end.fault) return undefined;
  return { kind: 'failed', error: runFault(step, { status: 'failed', fault: end.fault, attempts: end.attempts }) };
}

function record(ending: BodyEnding): Pick<BodyEnded, 'status' | 'output' | 'error' | 'returned' | 'skipped'> {
  switch (ending.kind) {
    case 'completed':
      return { status: 'succeeded', output: ending.output };
    case 'returned':
      return { status: 'succeeded', output: ending.output, returned: true };
    case 'failed':
      return { status: 'failed', error: ending.error };
    case 'skipped':
      return { status: 'succeeded', skipped: true };
    case 'cancelled':
      return { status: 'cancelled' };
  }
}

function fromRecord(frame: RunContext, { status, output = null, error, returned, skipped }: BodyEnded): BodyEnding {
  if (skipped) return { kind: 'skipped' };
  if (returned) return { kind: 'returned', output };
  if (status === 'succeeded') return { kind: 'completed', output };
  if (status === 'cancelled') return { kind: 'cancelled' };
  return { kind: 'failed', error: error ?? { ...cancelledFault(frame), attempts: 0 } };
}
