import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import { RunContext, type Interpreter } from './context.ts';
import { recordHistory } from './history.ts';
import { runHandler, runList } from './lists.ts';
import type { Completion, Decision, Moment, Operation, RunEnd } from './operations.ts';
import { runOverlapping } from './overlap.ts';
import { runProgram } from './run-program.ts';
import { RunState, type RunFacts } from './run-state.ts';
import { parked, type Fiber, type Pause, type Performing } from './scheduler.ts';
import { runStep } from './steps.ts';
import { Undos } from './undos.ts';

/**
 * The deciding half of the engine, without I/O: given a workflow and what has happened so far, it says what must
 * happen next. A new one over the same journal goes on exactly where the last one was; each decision costs what has
 * changed, not what has happened.
 */
export class RunMachine {
  private readonly run: RunState;
  private readonly main: Fiber;
  private readonly pending = new Map<string, { readonly fiber: Fiber; readonly performing: Performing }>();

  /** @param events what the journal holds of this run */
  constructor(facts: RunFacts, events: Iterable<RunEvent>) {
    const history = recordHistory(events);
    const undos = new Undos(history, facts.workflow);
    this.run = new RunState(facts, history, undos);
    const context = new RunContext({ run: this.run, interpreter: interpreterOf(facts) });
    this.main = { program: runProgram(context) };
  }

  /** The first decision. */
  async begin(moment: Moment): Promise<Decision> {
    this.run.moment = moment;
    return this.advance(this.main, () => this.main.program.next());
  }

  /** The decision that follows the completion of an operation. */
  async deliver(key: string, completion: Completion, moment: Moment): Promise<Decision> {
    const waiting = this.pending.get(key);
    if (!waiting) throw new RunnerError('INTERNAL', `Nothing waits for "${key}".`);
    this.pending.delete(key);
    this.run.moment = moment;
    return this.advance(waiting.fiber, () => waiting.fiber.program.next(completion));
  }

  /** True while a part of the run can go on without any completion: `proceed` must be asked first. */
  get hasReady(): boolean {
    return this.run.scheduler.hasReady;
  }

  /** The decision of the next part of the run that can go on. */
  async proceed(moment: Moment): Promise<Decision> {
    const fiber = this.run.scheduler.take();
    if (!fiber) throw new RunnerError('INTERNAL', 'No part of the run can go on.');
    this.run.moment = moment;
    return this.advance(fiber, () => fiber.program.next());
  }

  /**
   * Marks the run as cancelled. What `aborted` names must then be aborted and its completion delivered.
   * @returns the event to record; undefined when the run had been cancelled before
   */
  cancel(by: string, moment: Moment): RunEvent | undefined {
    if (this.run.cancelRequested) return undefined;
    this.run.cancelRequested = true;
    return { type: 'cancel.requested', at: moment.now, by };
  }

  /** Keys of the operations under way whose frame is cancelled. */
  aborted(): readonly string[] {
    return [...this.pending].flatMap(([key, { performing }]) => (performing.frame.cancelled ? [key] : []));
  }

  private async advance(fiber: Fiber, next: () => IteratorResult<Pause, unknown>): Promise<Decision> {
    const { scheduler } = this.run;
    scheduler.current = fiber;
    let turn = next();
    while (!turn.done && turn.value instanceof Promise) {
      const failure = await turn.value.then(noFailure, (reason: unknown) => ({ reason }));
      turn = failure ? fiber.program.throw(failure.reason) : fiber.program.next();
    }
    if (turn.done) return this.decision(undefined, fiber === this.main ? (turn.value as RunEnd) : undefined);
    if (turn.value === parked || turn.value instanceof Promise) return this.decision(undefined);
    const performing = turn.value;
    this.pending.set(performing.operation.key, { fiber, performing });
    return this.decision(performing.operation);
  }

  private decision(operation: Operation | undefined, end?: RunEnd): Decision {
    const { run } = this;
    const aborts = run.hasCancelled ? this.aborted() : [];
    run.hasCancelled = false;
    const decision = run.decision({ operation, end, aborts });
    if (decision.events.length === 0 && end) throw new RunnerError('INTERNAL', 'A run ended without a record.');
    return decision;
  }
}

function interpreterOf({ workflow }: RunFacts): Interpreter {
  const list = workflow.order === 'dependencies' ? runOverlapping : runList;
  const attempt: Interpreter['attempt'] = (context, steps) => list(context, steps, { failFast: true });
  return { step: runStep, list: (context, steps) => list(context, steps), attempt, handler: runHandler };
}

function noFailure(): undefined {
  return undefined;
}
