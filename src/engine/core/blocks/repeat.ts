import type { Fault } from '../../../model/faults.ts';
import type { Json } from '../../../model/json.ts';
import { timerKey } from '../../../model/keys.ts';
import { declaredKey, type RepeatStep } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { cancelledFault, isTrue, sleep } from '../program.ts';
import type { Program } from '../scheduler.ts';
import { count, duration } from '../resolve.ts';
import type { StepEnding } from '../step-end.ts';
import { passedOn } from './passed-on.ts';
import { runBody, type BodyEnding, type BodyRun } from './body.ts';

/** Rounds of a body, one after another, until its condition ends them or `max` does. */
export function* runRepeat(context: RunContext, step: RepeatStep): Program<StepEnding> {
  const max = count(context, step.max, 'repeat.max', 1);
  let previous: Json = null;
  for (let index = 0; ; index += 1) {
    const round = roundOf(context, step, { index, previous });
    const isBegun = context.history.bodiesStarted.has(round.run.key);
    if (step.while && !isBegun && !(yield* isTrue(round.frame, step.while, 'repeat.while'))) {
      return { status: 'succeeded', output: previous, attempts: 1 };
    }
    if (index >= max) return exhausted(step, max);
    if (!isBegun) context.emit({ type: 'body.started', at: context.now, key: round.run.key });
    const ending: BodyEnding = yield* runBody(round.frame, round.run);
    if (ending.kind !== 'completed') return passedOn(context, ending);
    previous = ending.output;
    if (yield* isOver(context, step, { index, round })) return { status: 'succeeded', output: previous, attempts: 1 };
    const isLast = index + 1 >= max;
    if ((yield* pause(context, step, { round: round.run.key, isLast })) === 'aborted') {
      return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
    }
  }
}

interface Round {
  readonly frame: RunContext;
  readonly run: BodyRun;
}

function roundOf(
  context: RunContext,
  step: RepeatStep,
  { index, previous }: { readonly index: number; readonly previous: Json },
): Round {
  const declared = declaredKey(step);
  const key = `${step.key}[${index}]`;
  const frame = context.within({ locals: { [`previous:${declared}`]: previous, [`index:${declared}`]: index } });
  return { frame, run: { key, body: step.body, declared: `${declared}[]`, actual: key } };
}

/** `until` is asked after the round; what a crash has interrupted after that was decided by the round that follows. */
function* isOver(
  context: RunContext,
  step: RepeatStep,
  { index, round }: { readonly index: number; readonly round: Round },
): Program<boolean> {
  if (!step.until) return false;
  const { history } = context;
  const next = `${step.key}[${index + 1}]`;
  if (history.bodiesStarted.has(next) || history.timers.has(timerKey(round.run.key, 'every'))) return false;
  return yield* isTrue(round.frame, step.until, 'repeat.until');
}

/** After the last round that may be, nothing is waited for. */
function* pause(
  context: RunContext,
  step: RepeatStep,
  { round, isLast }: { readonly round: string; readonly isLast: boolean },
): Program<'fired' | 'aborted'> {
  if (context.cancelled) return 'aborted';
  if (step.everyMs === undefined || isLast) return 'fired';
  const due = context.now + duration(context, step.everyMs, 'repeat.every');
  return yield* sleep(context, { key: timerKey(round, 'every'), due, reason: 'every' });
}

function exhausted({ until, while: again }: RepeatStep, max: number): StepEnding {
  const condition = until ? `Not met: ${until.text}` : `Still true: ${again?.text ?? ''}`;
  const message = `All ${max} rounds are over. ${condition}`;
  const fault: Fault = { kind: 'repeat_exhausted', message, outcome: 'failed', transient: false };
  return { status: 'failed', fault, attempts: 1 };
}
