import type { Completion, Operation } from './operations.ts';

/** One of the programs of a run that go on side by side. */
export interface Fiber {
  readonly program: Generator<Pause, unknown, Completion | undefined>;
}

/**
 * Where a program waits: for an operation, for a promise that the machine settles (JSONata is asynchronous, though it
 * reaches nothing outside), or for another program of the run to wake it.
 */
export type Pause = Performing | Promise<void> | typeof parked;

/** An operation, and the frame in whose name it is done: it is aborted when the frame is cancelled. */
export interface Performing {
  readonly operation: Operation;
  readonly frame: { readonly cancelled: boolean };
}

/** Waits for {@link Scheduler.wake}. */
export const parked = Symbol('parked');

/**
 * A part of a run as a coroutine: it yields what it waits for and is given the answer. An operation is answered with
 * its {@link Completion} by the driver.
 */
export type Program<Result> = Generator<Pause, Result, Completion | undefined>;

/** Says which of a run's programs goes on next: first come, first served, one at a time. */
export class Scheduler {
  /** The one that is deciding now. */
  current: Fiber | undefined;
  private ready: Fiber[] = [];
  private next = 0;

  /** Begins a program with one of the next decisions. */
  spawn(program: Fiber['program']): void {
    this.ready.push({ program });
  }

  /** Lets a parked program go on with one of the next decisions. */
  wake(fiber: Fiber): void {
    this.ready.push(fiber);
  }

  get hasReady(): boolean {
    return this.next < this.ready.length;
  }

  take(): Fiber | undefined {
    const fiber = this.ready[this.next];
    this.next += 1;
    if (this.next >= this.ready.length) {
      this.ready = [];
      this.next = 0;
    }
    return fiber;
  }
}
