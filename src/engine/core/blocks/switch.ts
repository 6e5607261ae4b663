import type { SwitchStep } from '../../../model/workflow.ts';
import { declaredKey } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { isTrue } from '../program.ts';
import type { Program } from '../scheduler.ts';
import type { StepEnding } from '../step-end.ts';
import { passedOn } from './passed-on.ts';
import { runBody } from './body.ts';

/** Runs the first case whose condition holds; none of them: the step has no result and succeeds. */
export function* runSwitch(context: RunContext, step: SwitchStep): Program<StepEnding> {
  const index = yield* chosen(context, step);
  const body = index === undefined ? undefined : step.cases[index]?.body;
  if (index === undefined || !body) return { status: 'succeeded', output: null, attempts: 1 };
  const key = `${step.key}[${index}]`;
  const { bodiesStarted, bodiesEnded } = context.history;
  if (!bodiesStarted.has(key) && !bodiesEnded.has(key)) context.emit({ type: 'body.started', at: context.now, key });
  const place = { key, body, declared: declaredKey(step), actual: step.key };
  return passedOn(context, yield* runBody(context.within(), place));
}

/** The case that was chosen before a crash stays chosen. */
function* chosen(context: RunContext, { key, cases }: SwitchStep): Program<number | undefined> {
  const recorded = cases.findIndex((_, index) => context.history.bodiesStarted.has(`${key}[${index}]`));
  if (recorded >= 0) return recorded;
  for (const [index, { when }] of cases.entries()) {
    if (!when || (yield* isTrue(context, when, `switch[${index}].when`))) return index;
  }
  return undefined;
}
