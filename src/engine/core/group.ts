import { parked, type Fiber, type Scheduler, type Program } from './scheduler.ts';

/** Programs that go on side by side, and the one that waits for them. */
export class Group<Result> {
  private readonly scheduler: Scheduler;
  private readonly ended: Result[] = [];
  private waiter: Fiber | undefined;
  private running = 0;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  /** How many have not been told of as ended. */
  get size(): number {
    return this.running + this.ended.length;
  }

  start(program: Program<Result>): void {
    this.running += 1;
    this.scheduler.spawn(this.carry(program));
  }

  /** Waits for the next one to end, in the order in which they do. */
  *next(): Program<Result> {
    for (;;) {
      const result = this.ended.shift();
      if (result !== undefined) return result;
      this.waiter = this.scheduler.current;
      yield parked;
    }
  }

  private *carry(program: Program<Result>): Program<void> {
    const result = yield* program;
    this.running -= 1;
    this.ended.push(result);
    if (this.waiter) this.scheduler.wake(this.waiter);
    this.waiter = undefined;
  }
}
