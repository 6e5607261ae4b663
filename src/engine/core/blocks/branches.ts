import type { BodyFailure, RunFault } from '../../../model/events.ts';
import type { Json } from '../../../model/json.ts';
import { declaredKey, type Branch, type ParallelStep, type RaceStep } from '../../../model/workflow.ts';
import type { RunContext } from '../context.ts';
import { Group } from '../group.ts';
import { cancelledFault } from '../program.ts';
import type { Program } from '../scheduler.ts';
import type { StepEnding } from '../step-end.ts';
import { runBody, type BodyEnding } from './body.ts';

interface EndedBranch {
  readonly branch: Branch;
  readonly ending: BodyEnding;
}

/** Runs branches at once and tells of each that ends; those that had ended before a crash come first, as they did. */
class Branches {
  private readonly frame: RunContext;
  private readonly step: ParallelStep | RaceStep;
  private readonly group: Group<EndedBranch>;
  private readonly recorded: Branch[];

  constructor(context: RunContext, step: ParallelStep | RaceStep) {
    this.frame = context.within();
    this.step = step;
    this.group = new Group(context.run.scheduler);
    const ended = [...context.history.bodiesEnded.keys()];
    this.recorded = step.branches
      .filter((branch) => context.history.bodiesEnded.has(this.keyOf(branch)))
      .toSorted((one, other) => ended.indexOf(this.keyOf(one)) - ended.indexOf(this.keyOf(other)));
  }

  *ends(heed: (ended: EndedBranch) => string | undefined): Program<void> {
    for (const branch of this.recorded) this.take(heed, { branch, ending: yield* this.bodyOf(branch) });
    for (const branch of this.step.branches) if (!this.recorded.includes(branch)) this.group.start(this.carry(branch));
    while (this.group.size > 0) this.take(heed, yield* this.group.next());
  }

  private take(heed: (ended: EndedBranch) => string | undefined, ended: EndedBranch): void {
    const verdict = heed(ended);
    if (verdict !== undefined) this.frame.cancel(verdict);
  }

  private *carry(branch: Branch): Program<EndedBranch> {
    return { branch, ending: yield* this.bodyOf(branch) };
  }

  private bodyOf(branch: Branch): Program<BodyEnding> {
    const { step } = this;
    const place = { key: this.keyOf(branch), declared: declaredKey(step), actual: step.key };
    const as = step.kind === 'race' ? 'contender' : 'list';
    return runBody(this.frame.within(), { body: branch.body, as, ...place });
  }

  private keyOf({ name }: Branch): string {
    return `${this.step.key}.${name}`;
  }
}

/**
 * The first branch that fails cancels the others and fails the step. With `continue_on_error` all run to their end, and
 * those that failed are null in the result and listed as failures.
 */
export function* runParallel(context: RunContext, step: ParallelStep): Program<StepEnding> {
  const outputs = new Map<Branch, Json>();
  const failures = new Map<Branch, RunFault>();
  yield* new Branches(context, step).ends(({ branch, ending }) => {
    if (ending.kind === 'completed') outputs.set(branch, ending.output);
    if (ending.kind !== 'failed') return undefined;
    failures.set(branch, ending.error);
    const goesOn = step.continueOnError || !context.facts.workflow.failFast;
    return goesOn ? undefined : `Branch "${branch.name}" of ${step.key} has failed.`;
  });
  const [first] = failures.values();
  if (first && !step.continueOnError) return { status: 'failed', fault: first, attempts: 1 };
  if (context.cancelled) return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
  const output = Object.fromEntries(step.branches.map((branch) => [branch.name, outputs.get(branch) ?? null]));
  const listed = step.branches.flatMap((branch, index) => failureOf(failures.get(branch), branch, index));
  return { status: 'succeeded', output, attempts: 1, ...(listed.length > 0 ? { failures: listed } : {}) };
}

function failureOf(fault: RunFault | undefined, { name }: Branch, index: number): readonly BodyFailure[] {
  return fault ? [{ index, branch: name, code: fault.kind, message: fault.message }] : [];
}

/**
 * The first branch that succeeds cancels the others; where none does, the step fails with the first fault. One that was
 * skipped takes no part, and one whose failure is tolerated has not succeeded.
 */
export function* runRace(context: RunContext, step: RaceStep): Program<StepEnding> {
  let won: { readonly winner: string; readonly result: Json } | undefined;
  let lost: RunFault | undefined;
  yield* new Branches(context, step).ends(({ branch, ending }) => {
    if (ending.kind === 'failed') lost ??= ending.error;
    if (won || ending.kind !== 'completed') return undefined;
    won = { winner: branch.name, result: ending.output };
    return `Branch "${branch.name}" of ${step.key} has won.`;
  });
  if (won) return { status: 'succeeded', output: won, attempts: 1 };
  if (lost && !context.cancelled) return { status: 'failed', fault: lost, attempts: 1 };
  if (!context.cancelled) return { status: 'skipped', skipped: 'if', attempts: 0 };
  return { status: 'cancelled', fault: cancelledFault(context), attempts: 1 };
}
