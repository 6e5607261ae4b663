import type { BodyEnded } from '../../../model/events.ts';
import type { Json } from '../../../model/json.ts';
import type { Body } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import type { Ending } from '../endings.ts';
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
  /** How its steps are run; absent: as a list. */
  readonly as?: 'list' | 'handler';
}

/** How a body ended, with what it gives. */
export type BodyEnding = Exclude<Ending, { kind: 'completed' }> | { readonly kind: 'completed'; readonly output: Json };

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
  const ending = yield* frame.interpreter[as](frame, steps);
  if (ending.kind !== 'completed') return ending;
  try {
    const output = body.output ? yield* evaluate(frame, body.output, 'output') : lastResult(frame, steps);
    return { kind: 'completed', output };
  } catch (error) {
    return { kind: 'failed', error: { ...evaluationFault(error), step: actual, attempts: 0 } };
  }
}

function record(ending: BodyEnding): Pick<BodyEnded, 'status' | 'output' | 'error' | 'returned'> {
  switch (ending.kind) {
    case 'completed':
      return { status: 'succeeded', output: ending.output };
    case 'returned':
      return { status: 'succeeded', output: ending.output, returned: true };
    case 'failed':
      return { status: 'failed', error: ending.error };
    case 'cancelled':
      return { status: 'cancelled' };
  }
}

function fromRecord(frame: RunContext, { status, output = null, error, returned }: BodyEnded): BodyEnding {
  if (returned) return { kind: 'returned', output };
  if (status === 'succeeded') return { kind: 'completed', output };
  if (status === 'cancelled') return { kind: 'cancelled' };
  return { kind: 'failed', error: error ?? { ...cancelledFault(frame), attempts: 0 } };
}
