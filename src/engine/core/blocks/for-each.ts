import type { BodyFailure, RunFault, StepStarted } from '../../../model/events.ts';
import type { Fault } from '../../../model/faults.ts';
import type { Json } from '../../../model/json.ts';
import { declaredKey, type ForEachStep } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { Group } from '../group.ts';
import { cancelledFault, evaluateList } from '../program.ts';
import type { Program } from '../scheduler.ts';
import { count } from '../resolve.ts';
import { startStep } from '../start-step.ts';
import type { StepEnding } from '../step-end.ts';
import { runBody, type BodyEnding } from './body.ts';

/** Items that one step may go over. */
const mostItems = 100_000;

/** One body per item, at most `max_parallel` at once, with the outputs in the order of the items. */
export function* runForEach(
  context: RunContext,
  step: ForEachStep,
  { items = [] }: Pick<StepStarted, 'items'>,
): Program<StepEnding> {
  if (items.length > mostItems) return { status: 'failed', fault: tooMany(items.length), attempts: 0 };
  return yield* new Items(context, step, items).run();
}

/** What it goes over is recorded with its start. */
export function* startForEach(context: RunContext, step: ForEachStep): Program<StepStarted> {
  const recorded = context.history.stepsStarted.get(step.key);
  if (recorded) return recorded;
  return startStep(context, step, { items: yield* evaluateList(context, step.items, 'for_each') });
}

interface EndedItem {
  readonly index: number;
  readonly ending: BodyEnding;
}

class Items {
  private readonly context: RunContext;
  private readonly frame: RunContext;
  private readonly step: ForEachStep;
  private readonly items: readonly Json[];
  private readonly group: Group<EndedItem>;
  private readonly outputs: Json[];
  private readonly failures: (BodyFailure & { readonly fault: RunFault })[] = [];
  private next = 0;

  constructor(context: RunContext, step: ForEachStep, items: readonly Json[]) {
    this.context = context;
    this.frame = context.within();
    this.step = step;
    this.items = items;
    this.group = new Group(context.run.scheduler);
    this.outputs = items.map(() => null);
  }

  *run(): Program<StepEnding> {
    const atOnce = count(this.context, this.step.maxParallel, 'max_parallel', 1);
    yield* this.takeRecorded();
    for (;;) {
      while (this.group.size < atOnce && this.mayBegin()) this.begin();
      if (this.group.size === 0) break;
      this.take(yield* this.group.next());
    }
    return this.ending();
  }

  /** What had ended before a crash is heeded before anything else begins. */
  private *takeRecorded(): Program<void> {
    const indexes = new Map(this.items.map((_, index) => [this.keyOf(index), index]));
    // In the order in which they ended, so that the first failure is the one that it was.
    for (const key of this.context.history.bodiesEnded.keys()) {
      const index = indexes.get(key);
      if (index !== undefined) this.take({ index, ending: yield* this.bodyOf(index) });
    }
  }

  private mayBegin(): boolean {
    const { history, cancelled } = this.context;
    while (this.next < this.items.length && history.bodiesEnded.has(this.keyOf(this.next))) this.next += 1;
    if (this.next >= this.items.length) return false;
    // An item that was begun before a crash is brought to its end.
    return !(cancelled || this.endsEarly()) || this.wasBegun(this.next);
  }

  private wasBegun(index: number): boolean {
    return this.context.history.hasInside(this.keyOf(index));
  }

  private begin(): void {
    this.group.start(this.carry(this.next));
    this.next += 1;
  }

  private *carry(index: number): Program<EndedItem> {
    return { index, ending: yield* this.bodyOf(index) };
  }

  private bodyOf(index: number): Program<BodyEnding> {
    const { step, frame } = this;
    const declared = declaredKey(step);
    const key = this.keyOf(index);
    const locals = { [`item:${declared}`]: this.items[index] ?? null, [`index:${declared}`]: index };
    return runBody(frame.within({ locals }), { key, body: step.body, declared: `${declared}[]`, actual: key });
  }

  private keyOf(index: number): string {
    return `${this.step.key}[${index}]`;
  }

  private take({ index, ending }: EndedItem): void {
    if (ending.kind === 'completed') this.outputs[index] = ending.output;
    if (ending.kind !== 'failed') return;
    const { error } = ending;
    this.failures.push({ index, code: error.kind, message: error.message, fault: error });
    if (this.endsEarly() && this.step.tolerate === undefined) {
      this.frame.cancel(`Item ${index} of ${this.step.key} has failed.`);
    }
  }

  /** True once more items have failed than may. */
  private isLost(): boolean {
    return this.failures.length > this.tolerated();
  }

  /** With `fail_fast: false` all items run, unless the step itself says how many may fail. */
  private endsEarly(): boolean {
    const { failFast } = this.context.facts.workflow;
    return this.isLost() && (failFast || this.step.tolerate !== undefined);
  }

  private tolerated(): number {
    const { tolerate } = this.step;
    if (tolerate === undefined) return 0;
    return 'count' in tolerate ? tolerate.count : Math.floor(tolerate.share * this.items.length);
  }

  private ending(): StepEnding {
    const [first] = this.failures;
    const failures = this.failures
      .map(({ index, code, message }) => ({ index, code, message }))
      .toSorted((one, other) => one.index - other.index);
    const listed = failures.length > 0 ? { failures } : {};
    if (first && this.isLost()) return { status: 'failed', fault: this.lost(first.fault), attempts: 1, ...listed };
    if (this.context.cancelled) return { status: 'cancelled', fault: cancelledFault(this.context), attempts: 1 };
    return { status: 'succeeded', output: this.outputs, attempts: 1, ...listed };
  }

  private lost(first: RunFault): Fault {
    if (this.step.tolerate === undefined) return first;
    const counts = `${this.failures.length} of ${this.items.length} items failed, ${this.tolerated()} may`;
    return { ...first, message: `${counts}. The first: ${first.message}` };
  }
}

function tooMany(items: number): Fault {
  const message = `for_each: ${items} items are more than the ${mostItems} that one step may go over.`;
  const hint = 'Go over pages of them, or let a child workflow take each part.';
  return { kind: 'limit', message, outcome: 'not_executed', transient: false, hint };
}
