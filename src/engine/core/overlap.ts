import type { Program } from './scheduler.ts';
import type { RunFault } from '../../model/events.ts';
import { declaredKey, isCallStep, type Step, type Workflow } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { runFault, type Ending, type StepOutcome } from './endings.ts';
import { Group } from './group.ts';
import { isRecorded, runUnlessBlocked } from './lists.ts';
import { stepsWithin } from '../../model/block-bodies.ts';

/**
 * `order: dependencies`: a step starts once every step that it names or needs has ended. Steps that change something
 * keep their written order among themselves; one that waits, ends the run or asks a person comes after all before it,
 * and before all after it.
 */
export function* runOverlapping(
  context: RunContext,
  steps: readonly Step[],
  { failFast }: Pick<Workflow, 'failFast'> = context.facts.workflow,
): Program<Ending> {
  return yield* new Overlap(context, steps, failFast).run();
}

interface EndedStep {
  readonly step: Step;
  readonly outcome: StepOutcome;
}

class Overlap {
  private readonly context: RunContext;
  private readonly waiting: Step[];
  private readonly before: ReadonlyMap<Step, ReadonlySet<Step>>;
  private readonly ended = new Set<Step>();
  private readonly group: Group<EndedStep>;
  private firstError: RunFault | undefined;
  private last: Ending | undefined;
  private readonly failFast: boolean;

  constructor(context: RunContext, steps: readonly Step[], failFast: boolean) {
    this.failFast = failFast;
    this.context = context;
    this.waiting = [...steps];
    this.before = predecessors(steps);
    this.group = new Group(context.run.scheduler);
  }

  *run(): Program<Ending> {
    for (;;) {
      this.startReady();
      if (this.group.size === 0) break;
      this.take(yield* this.group.next());
    }
    if (this.firstError) return { kind: 'failed', error: this.firstError };
    return this.last ?? (this.context.cancelled ? { kind: 'cancelled' } : { kind: 'completed' });
  }

  private startReady(): void {
    for (const step of this.waiting) {
      if (!this.mayBegin(step)) continue;
      this.waiting.splice(this.waiting.indexOf(step), 1);
      this.group.start(carry(this.context, step));
      this.startReady();
      return;
    }
  }

  private mayBegin(step: Step): boolean {
    const isOver = this.last !== undefined || (this.firstError !== undefined && this.failFast);
    if ((isOver || this.context.cancelled) && !isRecorded(this.context, step)) return false;
    return [...(this.before.get(step) ?? [])].every((other) => this.ended.has(other));
  }

  private take({ step, outcome }: EndedStep): void {
    this.ended.add(step);
    if (outcome.status === 'failed') this.firstError ??= runFault(step, outcome);
    if (outcome.status === 'returned') this.last ??= { kind: 'returned', output: outcome.output };
    if (outcome.status === 'cancelled') this.last ??= { kind: 'cancelled' };
  }
}

function* carry(context: RunContext, step: Step): Program<EndedStep> {
  return { step, outcome: yield* runUnlessBlocked(context, step) };
}

function predecessors(steps: readonly Step[]): ReadonlyMap<Step, ReadonlySet<Step>> {
  const all = new Map<Step, ReadonlySet<Step>>();
  for (const [index, step] of steps.entries()) {
    const needed = new Set(stepsWithin(step).flatMap(({ references, needs = [] }) => references.concat(needs)));
    const earlier = steps.slice(0, index);
    const order = orderOf(step);
    all.set(
      step,
      new Set(
        earlier.filter((other) => {
          const theirs = orderOf(other);
          if (order === 'barrier' || theirs === 'barrier') return true;
          return (order === 'writes' && theirs === 'writes') || needed.has(declaredKey(other));
        }),
      ),
    );
  }
  return all;
}

/** How far a step may move: freely, not past others that change something, or not at all. */
function orderOf(step: Step): 'free' | 'writes' | 'barrier' {
  const inside = stepsWithin(step);
  if (inside.some(({ kind }) => kind === 'return' || kind === 'fail' || kind === 'approval' || kind === 'wait')) {
    return 'barrier';
  }
  return inside.some(changesSomething) ? 'writes' : 'free';
}

function changesSomething(step: Step): boolean {
  if (isCallStep(step)) return step.effect !== 'read';
  // A value that is read must be the one that the steps before it have put.
  return step.kind === 'workflow' || step.kind === 'state';
}
