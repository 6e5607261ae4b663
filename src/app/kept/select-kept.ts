import type { RunEvent, StepEnded, StepStarted } from '../../model/events.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ForEachStep, RepeatStep, Step, Workflow } from '../../model/workflow.ts';
import { definitionChanges } from './definition-changes.ts';
import type { DefinitionChanges } from './definition-changes.ts';
import { allSteps } from '../../model/block-bodies.ts';
import { innerListsOf } from './inner-lists.ts';
import type { InnerList } from './inner-lists.ts';
import { recordedIn, undoSuffix, withOuterKeys } from './recorded.ts';
import type { Recorded } from './recorded.ts';
import { concreteKey, Reasons } from './reasons.ts';
import type { LeftBecause, Places } from './reasons.ts';
import { holdsTarget, isTarget, targetOf } from './target.ts';
import type { Target } from './target.ts';

export interface KeptRequest {
  /** Of the run whose results are to be kept. */
  readonly events: readonly RunEvent[];
  /** The definition of that run. */
  readonly before: Workflow;
  /** That of the run to come; the same one, where nothing has changed. */
  readonly after: Workflow;
  /** Id or key of a step: it, and what comes after it in the file, is done anew. Absent: whatever did not succeed. */
  readonly from?: string;
  /** Names of inputs that the run to come has other values of. */
  readonly changedInputs: readonly string[];
  /** True: also results of steps that have changed, or that come from such a step. */
  readonly keepChanged: boolean;
  readonly now: EpochMs;
}

export interface LeftResult {
  readonly key: string;
  readonly because: LeftBecause;
}

export interface KeptSelection {
  /** Copies for the run to come, in the order in which they were recorded. */
  readonly events: readonly RunEvent[];
  /** Keys of the steps and bodies whose results are kept; what is inside of them is not named. */
  readonly kept: readonly string[];
  readonly left: readonly LeftResult[];
  /** Results that are kept only because of `keepChanged`. */
  readonly keptChanged: readonly LeftResult[];
  readonly changes: DefinitionChanges;
  /** Key of the first step that is done anew; absent: only what comes after the steps. */
  readonly from?: string;
}

/**
 * Chooses which results of a run another one may take over. Handlers are never kept.
 * @throws RunnerError RUN_STEP_UNKNOWN where no step is called `from`
 */
export function selectKept(request: KeptRequest): KeptSelection {
  return new Selection(request).select();
}

/** How much of a list or step is kept. `reached`: the step to begin from stands in it, so nothing after it is kept. */
type Extent = 'whole' | 'part' | 'reached';

class Selection {
  readonly #request: KeptRequest;
  readonly #recorded: Recorded;
  readonly #changes: DefinitionChanges;
  readonly #target: Target | undefined;
  readonly #chosen = new Map<RunEvent, RunEvent>();
  readonly #kept: string[] = [];
  readonly #left: LeftResult[] = [];
  readonly #keptChanged: LeftResult[] = [];
  readonly #reasons: Reasons;
  #first: string | undefined;

  constructor(request: KeptRequest) {
    this.#request = request;
    this.#recorded = recordedIn(request.events);
    this.#changes = definitionChanges(request.before, request.after);
    const { changedInputs } = request;
    const steps = allSteps(request.after);
    this.#reasons = new Reasons({ changes: this.#changes, changedInputs, steps });
    this.#target = request.from === undefined ? undefined : targetOf(request.from, steps);
  }

  select(): KeptSelection {
    this.#walkList(this.#request.after.steps, []);
    const kept = new Set(this.#kept);
    return {
      events: this.#request.events.flatMap((event) => this.#chosen.get(event) ?? undoOfKept(event, kept)),
      kept: this.#kept,
      left: this.#left,
      keptChanged: this.#keptChanged,
      changes: this.#changes,
      ...(this.#first === undefined ? {} : { from: this.#first }),
    };
  }

  #walkList(steps: readonly Step[], places: Places): Extent {
    let extent: Extent = 'whole';
    for (const step of steps) {
      if (extent === 'reached') this.#leaveAfter(step, places);
      else extent = further(extent, this.#walkStep(step, places));
    }
    return extent;
  }

  #walkStep(step: Step, places: Places): Extent {
    const key = concreteKey(step.key, places);
    if (isTarget(this.#target, step, key)) {
      this.#leave(key, { kind: 'from' });
      return 'reached';
    }
    const against = this.#reasonAgainst(step, key, places);
    const lists = innerListsOf(step);
    if (against !== undefined) {
      this.#leave(key, against);
      return holdsTarget(this.#target, step.key, key) ? 'reached' : 'part';
    }
    const end = this.#recorded.ended.get(key);
    const isTouched = holdsTarget(this.#target, step.key, key) || this.#isTouchedInside(lists, key, places);
    if (end !== undefined && isDone(end) && !isTouched) {
      this.#keepStep(step, end, places);
      return 'whole';
    }
    this.#reasons.noteGone(key);
    if (lists.length === 0) this.#first ??= key;
    return this.#walkBlock(step, key, places);
  }

  #walkBlock(step: Step, key: string, places: Places): Extent {
    const begun = this.#recorded.started.get(key);
    const lists = innerListsOf(step);
    if (begun === undefined) this.#first ??= key;
    if (step.kind === 'try') return this.#walkTry(lists, key, places);
    if (step.kind === 'for_each' || step.kind === 'repeat') return this.#walkLoop(step, key, places);
    return lists.reduce<Extent>((extent, list) => {
      return further(extent, this.#walkBody(list, key + list.key.slice(step.key.length), places));
    }, 'part');
  }

  #walkLoop(step: ForEachStep | RepeatStep, key: string, places: Places): Extent {
    const begun = this.#recorded.started.get(key);
    const inner = { key: `${step.key}[]`, body: step.body };
    // The items stay those that they were: their numbers are the keys of what is kept.
    if (begun?.items !== undefined) this.#chosen.set(begun, renewed(begun, this.#request.now));
    let extent: Extent = 'part';
    for (const number of this.#recorded.numbersOf(key)) {
      const body = this.#walkBody(inner, `${key}[${number}]`, places);
      extent = further(extent, body);
      // A round begins with what the one before it gave.
      if (step.kind === 'repeat' && body !== 'whole') break;
    }
    return extent;
  }

  /** A handler begins with a fault, and what failed is tried again: only the steps that were tried are kept. */
  #walkTry(lists: readonly InnerList[], key: string, places: Places): Extent {
    const [tried] = lists;
    const last = lists.at(-1);
    if (tried === undefined || last === undefined) return 'part';
    const extent = this.#walkBody(tried, `${key}.try`, places);
    if (extent !== 'whole') return extent;
    return further('part', this.#walkBody(last, `${key}.finally`, places));
  }

  #walkBody(list: InnerList, key: string, outer: Places): Extent {
    const places = [{ declared: list.key, concrete: key }, ...outer];
    const end = this.#recorded.bodies.get(key);
    const isTouched =
      holdsTarget(this.#target, list.key, key) ||
      this.#recorded.isUndone(key) ||
      this.#isOutputChanged(list) ||
      list.body.steps.some((step) => this.#isTouched(step, places));
    if (end?.status === 'succeeded' && !isTouched) {
      this.#keep(key, end);
      return 'whole';
    }
    const begun = this.#recorded.begun.get(key);
    if (begun !== undefined) this.#chosen.set(begun, begun);
    return further('part', this.#walkList(list.body.steps, places));
  }

  #keep(key: string, event: RunEvent): void {
    this.#chosen.set(event, event);
    this.#kept.push(key);
  }

  #leave(key: string, because: LeftBecause): void {
    this.#reasons.noteGone(key);
    this.#first ??= key;
    const end = this.#recorded.ended.get(key);
    if (end !== undefined && isDone(end)) this.#left.push({ key, because });
  }

  #leaveAfter(step: Step, places: Places): void {
    this.#leave(concreteKey(step.key, places), { kind: 'from' });
  }

  /** Whether something inside speaks against taking a block that has ended as it is. */
  #isTouchedInside(lists: readonly InnerList[], key: string, places: Places): boolean {
    if (lists.length === 0) return false;
    if (this.#recorded.isUndone(key)) return true;
    return lists.some(
      (list) => this.#isOutputChanged(list) || list.body.steps.some((step) => this.#isTouched(step, places)),
    );
  }

  #isOutputChanged({ key }: InnerList): boolean {
    return this.#changes.outputs.includes(key) && !this.#request.keepChanged;
  }

  #isTouched(step: Step, places: Places): boolean {
    const key = concreteKey(step.key, places);
    if (this.#reasonAgainst(step, key, places) !== undefined) return true;
    return innerListsOf(step).some((list) => list.body.steps.some((inner) => this.#isTouched(inner, places)));
  }

  #reasonAgainst(step: Step, key: string, places: Places): LeftBecause | undefined {
    if (innerListsOf(step).length === 0 && this.#recorded.isUndone(key)) return { kind: 'undone' };
    // What was approved is nothing that `keepChanged` may change.
    return (
      this.#reasons.ofApproval(step, places) ??
      (this.#request.keepChanged ? undefined : this.#reasons.ofChange(step, places))
    );
  }

  #keepStep(step: Step, end: StepEnded, places: Places): void {
    this.#keep(end.key, end);
    const because = this.#request.keepChanged ? this.#reasons.ofChange(step, places) : undefined;
    if (because !== undefined) this.#keptChanged.push({ key: end.key, because });
  }
}

/** A compensation that was prepared belongs to the result of its step. */
function undoOfKept(event: RunEvent, kept: ReadonlySet<string>): readonly RunEvent[] {
  if (event.type !== 'undo.prepared') return [];
  const keys = withOuterKeys(event.key.slice(0, -undoSuffix.length));
  return keys.some((key) => kept.has(key)) ? [event] : [];
}

/** The result of a step that was run, or that its own `if` left out. */
function isDone({ status, skipped, tolerated }: StepEnded): boolean {
  return status === 'succeeded' || (status === 'skipped' && skipped === 'if') || tolerated === true;
}

function further(one: Extent, other: Extent): Extent {
  if (one === 'reached' || other === 'reached') return 'reached';
  return one === 'part' || other === 'part' ? 'part' : 'whole';
}

/** The time that a step has begins anew. */
function renewed(event: StepStarted, now: EpochMs): StepStarted {
  const { deadline, at } = event;
  return { ...event, at: now, ...(deadline === undefined ? {} : { deadline: now + (deadline - at) }) };
}
