import type { Action } from './actions.ts';
import type { ApprovalRequested, ApprovalVoted } from './approvals.ts';
import type { EffectClass } from './effects.ts';
import type { AttemptVerified, BodyFailure, RunFault, RunOptions, RunOrigin, StepEnded } from './events.ts';
import type { Fault } from './faults.ts';
import type { Json, JsonObject } from './json.ts';
import type { BlockBody } from './block-bodies.ts';
import type { Hidden } from './sensitive.ts';
import type { RunStatus, StepStatus } from './states.ts';
import type { EpochMs } from './time.ts';
import type { Step } from './workflow.ts';

/** The state of a run as people see it: the fold of its events, as a tree. Filled in place by `applyEvent`. */
export interface RunView {
  workflow: string;
  definition: string;
  status: RunStatus;
  options: RunOptions;
  inputs: JsonObject;
  startedAt: EpochMs;
  endedAt?: EpochMs;
  /** When the run's own `timeout` is over. */
  deadline?: EpochMs;
  phase: 'steps' | 'on_failure' | 'undo' | 'finally';
  output?: Json;
  error?: RunFault;
  /** In the order of the file where the definition is known, else in the order in which they began. */
  steps: StepView[];
  /** Compensations that have begun, in the order in which they did. */
  undone: StepView[];
  resumes: number;
  /** What its calls have cost, in the unit of the project. */
  cost: number;
  cancelledBy?: string;
  /** Who asked for the pause that lasts. */
  pausedBy?: string;
  /** The run that it continues or repeats. */
  origin?: RunOrigin;
  /** The step that started it as a child. */
  parent?: { readonly run: string; readonly key: string };
  hidden: Hidden;
  /** True where the run gives back the last result of its steps. */
  givesLastResult: boolean;
  readonly index: ViewIndex;
}

/** Finds what events are about in constant time, however large the run is. */
export interface ViewIndex {
  readonly steps: Map<string, StepView>;
  readonly bodies: Map<string, BodyView>;
  /** Steps under way that hold no others, in the order in which they began. */
  readonly active: Set<StepView>;
  /** How many of them are in each state. */
  readonly tally: { running: number; waiting: number; unknown: number };
  /** Compensations that stand ready. */
  readonly prepared: Map<string, Pick<StepView, 'kind' | 'action'>>;
  /** Steps of handlers, which show once they begin. */
  readonly handlers: ReadonlyMap<string, Step>;
  /** True: every body is kept with all its steps. */
  readonly keepsAll: boolean;
}

export interface StepView {
  key: string;
  id?: string;
  kind: string;
  /** Line in the file; 0 where the definition is not known. */
  line: number;
  status: StepStatus;
  skipped?: StepEnded['skipped'];
  startedAt?: EpochMs;
  durationMs?: number;
  action?: Action;
  attempts: AttemptView[];
  /** What its calls have cost; absent where they had no cost. */
  cost?: number;
  /** Rounds of `until` begun. */
  polls: number;
  /** Since when an attempt of it waits for limits. */
  limitAwaitedAt?: EpochMs;
  /** How long its attempts have waited for limits; absent where they did not. */
  waitedMs?: number;
  /** What the step waits for now. */
  waiting?: StepWait;
  /** Present where a person must say whether a call happened. */
  attention?: string;
  approval?: ApprovalView;
  /** The run that it has started. */
  child?: { readonly run: string; readonly workflow: string };
  output?: Json;
  fault?: Fault;
  cachedAgeMs?: number;
  /** Key of the alternative that gave the result. */
  fallback?: string;
  tolerated: boolean;
  /** Its alternatives and probes, as far as they were tried. */
  alternatives: StepView[];
  /** Present on steps with lists of steps inside. */
  block?: BlockView;
  /** Absent where the definition is not known. */
  definition?: Step;
}

/** The bodies of a block. */
export interface BlockView {
  /**
   * By key, in the order in which they began; branches and the body of `try` also before. Of a loop: those under way,
   * those that failed, and the last few that ended well.
   */
  readonly bodies: Map<string, BodyView>;
  /** Of all bodies that have begun, those included that are not kept. */
  readonly counts: BodyCounts;
  /** Items of a `for_each`, once they are known. */
  total?: number;
  /** What a `for_each` goes over, until it ends. */
  items?: readonly Json[];
  /** Bodies that failed and were tolerated. */
  failures?: readonly BodyFailure[];
  /** Keys of the bodies of a loop that ended well and are still kept, oldest first. */
  readonly recent: string[];
  /** How many failed bodies are kept with their steps. */
  failedInFull: number;
}

export interface BodyCounts {
  running: number;
  succeeded: number;
  failed: number;
  cancelled: number;
}

/** One item, round, branch, case or handler. */
export interface BodyView {
  key: string;
  role: BlockBody['role'];
  /** What tells it from its siblings: `api`, `try`, `catch[0]`, `finally`; an index from 0. */
  name: string;
  status: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  startedAt?: EpochMs;
  endedAt?: EpochMs;
  /** What a `for_each` gave it. */
  item?: Json;
  output?: Json;
  error?: RunFault;
  steps: StepView[];
}

export interface ApprovalView extends Pick<ApprovalRequested, 'question' | 'show' | 'form' | 'by' | 'quorum' | 'due'> {
  readonly onTimeout: ApprovalRequested['onTimeout'];
  readonly binding: ApprovalRequested['binding'];
  readonly votes: readonly ApprovalVoted[];
}

export type StepWait =
  | { readonly reason: 'wait' | 'retry' | 'every'; readonly due: EpochMs }
  /** For the turn that a rate limit gives. */
  | { readonly reason: 'rate_limit'; readonly key: string; readonly due: EpochMs }
  /** No slot of a concurrency limit is free for it; nobody knows for how long. */
  | { readonly reason: 'concurrency'; readonly key: string; readonly max: number }
  /** For an event, by its name; until `due`, where the step sets a limit. */
  | { readonly reason: 'event'; readonly name: string; readonly due?: EpochMs }
  /** For a person to decide. */
  | { readonly reason: 'approval'; readonly due?: EpochMs };

export interface AttemptView {
  key: string;
  effect: EffectClass;
  number: number;
  startedAt: EpochMs;
  durationMs?: number;
  fault?: Fault;
  /** What a probe has said about it. */
  verdict?: AttemptVerified['verdict'];
}

/** The step of a key, also inside blocks; undefined where it is not known, or not kept any more. */
export function findStep(view: RunView, key: string | undefined): StepView | undefined {
  return key === undefined ? undefined : view.index.steps.get(key);
}

/** The loop around a key whose items or rounds are many, the outermost first; undefined where there is none. */
export function largeLoopAround(view: RunView, key: string, many: number): StepView | undefined {
  for (let at = key.indexOf('['); at !== -1; at = key.indexOf('[', at + 1)) {
    const step = view.index.steps.get(key.slice(0, at));
    const isLoop = step?.kind === 'for_each' || step?.kind === 'repeat';
    if (isLoop && Math.max(step.block?.total ?? 0, begunOf(step)) > many) return step;
  }
  return undefined;
}

/** How many bodies of a block have begun. */
export function begunOf({ block }: StepView): number {
  if (!block) return 0;
  const { running, succeeded, failed, cancelled } = block.counts;
  return running + succeeded + failed + cancelled;
}

/** Every step that is kept, in the order of the tree: a step, its alternatives, then what is inside it. */
export function* everyStep(steps: Iterable<StepView>): Generator<StepView> {
  for (const step of steps) {
    yield step;
    yield* everyStep(step.alternatives);
    for (const body of step.block?.bodies.values() ?? []) yield* everyStep(body.steps);
  }
}

/** True where a fault of the step leaves open whether something was changed; a read never changes anything. */
export function mayHaveTakenEffect(fault: Fault, step: StepView | undefined): boolean {
  return fault.outcome === 'unknown' && step?.attempts.at(-1)?.effect !== 'read';
}

/** Repetitions after a fault, over all polls: the first attempt of each poll is none. */
export function retryCount(step: StepView): number {
  return step.attempts.filter(({ number }) => number > 1).length;
}
