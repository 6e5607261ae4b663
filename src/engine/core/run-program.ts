import type { RunFault } from '../../model/events.ts';
import type { Json } from '../../model/json.ts';
import { bearsResult, type Step } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import type { RunEnd } from './operations.ts';
import { evaluate, evaluationFault, type Program } from './program.ts';
import { runStep, skipStep, type StepOutcome } from './steps.ts';

/** How a list of steps ended. */
type Ending =
  | { readonly kind: 'completed' }
  | { readonly kind: 'returned'; readonly output: Json }
  | { readonly kind: 'failed'; readonly error: RunFault }
  | { readonly kind: 'cancelled' };

/** A whole run: the steps, then `on_failure` where they failed, then `finally`, whatever happened. */
export function* runProgram(context: RunContext): Program<RunEnd> {
  const { workflow } = context.facts;
  const main = yield* runMain(context);
  if (main.kind === 'failed') {
    context.lastError = main.error;
    if (!context.cancelled) yield* runHandlers(context, 'on_failure', workflow.onFailure);
  }
  const cleanup = yield* runHandlers(context, 'finally', workflow.finally);
  const end = runEnd(main, cleanup);
  context.emit({ type: 'run.ended', at: context.now, ...end });
  return end;
}

/** The run keeps its first error; a fault in `finally` fails a run that had none. */
function runEnd(main: Result, cleanup: RunFault | undefined): Finished {
  if (main.kind === 'failed') return { status: 'failed', error: main.error };
  if (main.kind === 'cancelled') return { status: 'cancelled' };
  if (cleanup) return { status: 'failed', error: cleanup };
  return { status: 'succeeded', output: main.output };
}

type Result = Exclude<Ending, { kind: 'completed' }>;
type Finished = RunEnd & { readonly status: 'succeeded' | 'failed' | 'cancelled' };

function* runMain(context: RunContext): Program<Result> {
  const ending = yield* runSteps(context, context.facts.workflow.steps);
  return ending.kind === 'completed' ? yield* evaluateOutput(context) : ending;
}

function* evaluateOutput(context: RunContext): Program<Result> {
  const { output, steps } = context.facts.workflow;
  if (!output) return { kind: 'returned', output: lastResult(context, steps) };
  try {
    return { kind: 'returned', output: yield* evaluate(context, output, 'output') };
  } catch (error) {
    // What a dry run has not made is not there to be shown.
    if (context.facts.options.dryRun) return { kind: 'returned', output: null };
    return { kind: 'failed', error: { ...evaluationFault(error), attempts: 0 } };
  }
}

function lastResult(context: RunContext, steps: readonly Step[]): Json {
  const last = steps.findLast((step) => bearsResult(step) && context.resultOf(step.key) !== undefined);
  return (last && context.resultOf(last.key)) ?? null;
}

function* runSteps(context: RunContext, steps: readonly Step[]): Program<Ending> {
  let firstError: RunFault | undefined;
  for (const step of steps) {
    const isRecorded = context.history.stepsStarted.has(step.key) || context.history.stepsEnded.has(step.key);
    if (context.cancelled && !isRecorded) return { kind: 'cancelled' };
    const outcome = isBlocked(context, step) ? skipStep(context, step, 'dependency') : yield* runStep(context, step);
    if (outcome.status === 'cancelled') return { kind: 'cancelled' };
    if (outcome.status === 'returned' && !firstError) return { kind: 'returned', output: outcome.output };
    if (outcome.status === 'failed') firstError ??= runFault(step, outcome);
    if (firstError && (context.facts.workflow.failFast || outcome.status === 'returned')) break;
  }
  return firstError ? { kind: 'failed', error: firstError } : { kind: 'completed' };
}

/** True when a step names another that failed, or that was left out for this reason or by a dry run. */
function isBlocked(context: RunContext, step: Step): boolean {
  const { failFast } = context.facts.workflow;
  return step.references.some((key) => {
    const end = context.endOf(key);
    if (end?.status === 'failed') return !failFast && !end.tolerated;
    return end?.skipped === 'dependency' || end?.skipped === 'dry_run';
  });
}

function runFault(step: Step, { fault, attempts }: Extract<StepOutcome, { status: 'failed' }>): RunFault {
  return { ...fault, step: step.key, attempts };
}

/** Runs the steps of a handler; a fault in one is recorded and the next still runs. Gives the first fault. */
function* runHandlers(
  context: RunContext,
  phase: 'on_failure' | 'finally',
  steps: readonly Step[],
): Program<RunFault | undefined> {
  if (steps.length === 0) return undefined;
  if (!context.history.phases.has(phase)) context.emit({ type: 'phase.started', at: context.now, phase });
  context.enterPhase(phase);
  let first: RunFault | undefined;
  for (const step of steps) {
    if (context.cancelled) break;
    const outcome = yield* runStep(context, step);
    if (outcome.status === 'failed') first ??= runFault(step, outcome);
  }
  return first;
}
