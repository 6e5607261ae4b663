import { EvaluationError } from '../../language/expressions/scope.ts';
import type { StepStarted } from '../../model/events.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { formatDuration } from '../../model/time.ts';
import type { Workflow, WorkflowStep } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { withDeadline } from './deadline.ts';
import { childRunId } from './idempotency.ts';
import type { RunEnd } from './operations.ts';
import { cancelledFault, evaluate, perform } from './program.ts';
import type { Program } from './scheduler.ts';
import { deadlineOf, startStep } from './start-step.ts';
import type { StepEnding } from './step-end.ts';

/**
 * Another workflow as a run of its own. Its id is made of this run's and the step's key, so that a crash between its
 * start and the record of that start does not begin it twice.
 * @param given its inputs, where they were resolved before
 */
export function* runChild(context: RunContext, step: WorkflowStep, given?: JsonObject): Program<StepEnding> {
  const { children = {} } = context.facts.workflow;
  const definition = children[step.workflow];
  if (!definition) throw new EvaluationError('expression', `The workflow "${step.workflow}" is not known to this run.`);
  const started = context.history.stepsStarted.get(step.key) ?? (yield* startChild(context, step, given));
  const { child } = started;
  const workflow = { ...definition, children };
  if (!child) throw new EvaluationError('expression', `The journal's record of "${step.key}" is incomplete.`);
  const operation = { kind: 'child', key: step.key, run: child.run, workflow, inputs: child.inputs } as const;
  const deadline = deadlineOf(context, started);
  const completion = yield* withDeadline(context, { key: step.key, deadline }, (frame) => perform(frame, operation));
  if (completion === 'late') return late(started, child.run);
  return endingOf(context, completion.end, { workflow, run: child.run });
}

function* startChild(context: RunContext, step: WorkflowStep, given: JsonObject | undefined): Program<StepStarted> {
  const inputs = given ?? (yield* evaluate(context, step.inputs, 'inputs'));
  if (!isJsonObject(inputs)) throw new EvaluationError('expression', 'inputs: must be a mapping');
  const run = childRunId(context.facts.id, step.key);
  return startStep(context, step, { child: { run, workflow: step.workflow, inputs } });
}

function endingOf(
  context: RunContext,
  end: RunEnd,
  child: { readonly workflow: Workflow; readonly run: string },
): StepEnding {
  if (end.status === 'succeeded') return { status: 'succeeded', output: end.output ?? null, attempts: 1 };
  if (context.cancelled) return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
  return { status: 'failed', fault: childFault(end, child), attempts: 1 };
}

/** The fault of the child goes up as it is; what it calls `cancelled` is no cancel of this run. */
function childFault({ status, error }: RunEnd, { workflow, run }: Parameters<typeof endingOf>[2]): Fault {
  const { kind, message, outcome, transient, hint } = error ?? nothingSaid(status);
  const at = error?.step === undefined ? '' : ` at ${error.step}`;
  return {
    kind: kind === 'cancelled' ? 'failed' : kind,
    message: `Run ${run} of ${workflow.name} ${status === 'failed' ? 'failed' : `ended as ${status}`}${at}: ${message}`,
    outcome,
    transient,
    ...(hint === undefined ? {} : { hint }),
  };
}

function nothingSaid(status: RunEnd['status']): Fault {
  return { kind: 'failed', message: `It ended as ${status}.`, outcome: 'failed', transient: false };
}

function late({ at, deadline = at }: StepStarted, run: string): StepEnding {
  const message = `The step's timeout of ${formatDuration(deadline - at)} is over; its run ${run} was cancelled.`;
  return { status: 'failed', fault: { kind: 'timeout', message, outcome: 'unknown', transient: false }, attempts: 1 };
}
