import type { RunFault } from '../../model/events.ts';
import type { RunContext } from './context.ts';
import { withDeadline } from './deadline.ts';
import { shownError, type Ending } from './endings.ts';
import type { Phase, RunEnd } from './operations.ts';
import { lastResult } from './last-result.ts';
import { evaluate, evaluationFault } from './program.ts';
import type { Program } from './scheduler.ts';

/** A whole run: the steps, then `on_failure` where they failed, then `finally`, whatever happened. */
export function* runProgram(context: RunContext): Program<RunEnd> {
  const main = yield* runMain(context);
  const handled = yield* runOnFailure(context, main);
  const cleanup = yield* runFinally(context, main);
  const end = runEnd(context, main, { handled, cleanup });
  context.emit({ type: 'run.ended', at: context.now, ...end });
  return end;
}

type Result = Exclude<Ending, { kind: 'completed' }>;
type Finished = RunEnd & { readonly status: 'succeeded' | 'failed' | 'cancelled' | 'timed_out' | 'undo_failed' };

/** The run keeps its first error; a fault in `finally` fails a run that had none. */
function runEnd(
  context: RunContext,
  main: Result,
  { handled, cleanup }: { readonly handled: RunFault | undefined; readonly cleanup: RunFault | undefined },
): Finished {
  const isTimedOut = context.run.timedOut;
  if (main.kind === 'returned') {
    return cleanup ? { status: 'failed', error: cleanup } : { status: 'succeeded', output: main.output };
  }
  if (handled) return { status: 'undo_failed', error: main.kind === 'failed' ? main.error : handled };
  if (main.kind === 'failed') return { status: isTimedOut ? 'timed_out' : 'failed', error: main.error };
  return { status: 'cancelled' };
}

function* runMain(context: RunContext): Program<Result> {
  const { workflow } = context.facts;
  // Once a handler has begun, the steps are over.
  const deadline = context.history.phases.size > 0 && !context.run.timedOut ? undefined : context.history.deadline;
  const list = (frame: RunContext): Program<Ending> => frame.interpreter.list(frame, workflow.steps);
  const ending = yield* withDeadline(context, { key: 'run', deadline }, list);
  if (ending === 'late') return runTimedOut(context);
  return ending.kind === 'completed' ? yield* evaluateOutput(context) : ending;
}

function runTimedOut(context: RunContext): Result {
  if (!context.history.timedOut) context.emit({ type: 'run.timed_out', at: context.now });
  context.run.timedOut = true;
  const message = "The run's timeout is over.";
  return { kind: 'failed', error: { kind: 'timeout', message, outcome: 'failed', transient: false, attempts: 0 } };
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

/**
 * A failed run runs all of `on_failure`, a cancelled one only what undoes its effects.
 * @returns what could not be undone
 */
function* runOnFailure(context: RunContext, main: Result): Program<RunFault | undefined> {
  const { onFailure } = context.facts.workflow;
  if (main.kind === 'returned' || onFailure.length === 0) return undefined;
  const undo = onFailure.find(({ kind }) => kind === 'undo');
  const { interpreter } = context;
  const frame = context.within(main.kind === 'failed' ? { locals: { last_error: shownError(main.error) } } : {});
  if (main.kind === 'failed') {
    enterPhase(context, 'on_failure');
    yield* interpreter.handler(frame, onFailure);
  }
  // Neither a cancelled run nor a cancel while its handlers ran leaves effects behind.
  if (undo && !frame.endOf(undo.key)) yield* interpreter.step(frame, undo);
  const end = undo && frame.endOf(undo.key);
  return end?.status === 'failed' && end.fault ? { ...end.fault, step: end.key, attempts: end.attempts } : undefined;
}

function* runFinally(context: RunContext, main: Result): Program<RunFault | undefined> {
  const steps = context.facts.workflow.finally;
  if (steps.length === 0) return undefined;
  enterPhase(context, 'finally');
  const locals = main.kind === 'failed' ? { last_error: shownError(main.error) } : {};
  const ending = yield* context.interpreter.handler(context.within({ locals, isShielded: true }), steps);
  return ending.kind === 'failed' ? ending.error : undefined;
}

function enterPhase(context: RunContext, phase: Exclude<Phase, 'steps'>): void {
  if (!context.history.phases.has(phase)) context.emit({ type: 'phase.started', at: context.now, phase });
  context.run.phase = phase;
}
