import { RunnerError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import { RunContext, type RunFacts } from './context.ts';
import { recordHistory } from './history.ts';
import type { Completion, Decision, Moment, Operation, RunEnd } from './operations.ts';
import type { Program } from './program.ts';
import { runProgram } from './run-program.ts';

/**
 * The deciding half of the engine, without I/O: given a workflow and what has happened so far, it says what must
 * happen next. A new one over the same journal goes on exactly where the last one was; each decision costs what has
 * changed, not what has happened.
 */
export class RunMachine {
  private readonly context: RunContext;
  private readonly program: Program<RunEnd>;

  /** @param events what the journal holds of this run */
  constructor(facts: RunFacts, events: readonly RunEvent[]) {
    this.context = new RunContext(facts, recordHistory(events));
    this.program = runProgram(this.context);
  }

  /** The first decision. */
  async begin(moment: Moment): Promise<Decision> {
    this.context.moment = moment;
    return this.advance(this.program.next());
  }

  /** The decision that follows the completion of the operation that the last one asked for. */
  async deliver(completion: Completion, moment: Moment): Promise<Decision> {
    this.context.moment = moment;
    return this.advance(this.program.next(completion));
  }

  /**
   * Marks the run as cancelled. The pending operation must then be aborted and its completion delivered, unless
   * `finally` is running.
   * @returns the event to record; undefined when the run had been cancelled before
   */
  cancel(by: string, moment: Moment): RunEvent | undefined {
    return this.context.requestCancel() ? { type: 'cancel.requested', at: moment.now, by } : undefined;
  }

  /** True when the pending operation is to be aborted. */
  get isCancelled(): boolean {
    return this.context.cancelled;
  }

  private async advance(first: IteratorResult<Operation | Promise<void>, RunEnd>): Promise<Decision> {
    let turn = first;
    while (!turn.done) {
      if (!(turn.value instanceof Promise)) return this.decision({ operation: turn.value });
      const failure = await turn.value.then(noFailure, (reason: unknown) => ({ reason }));
      turn = failure ? this.program.throw(failure.reason) : this.program.next();
    }
    return this.decision({ end: turn.value });
  }

  private decision(next: { readonly operation: Operation } | { readonly end: RunEnd }): Decision {
    const { events, executions, cacheChanges, settled, costs } = this.context;
    this.context.events = [];
    this.context.executions = [];
    this.context.cacheChanges = [];
    this.context.settled = [];
    this.context.costs = [];
    if (events.length === 0 && 'end' in next) throw new RunnerError('INTERNAL', 'A run ended without a record.');
    return { events, executions, cacheChanges, settled, costs, ...next };
  }
}

function noFailure(): undefined {
  return undefined;
}
