import type { Action } from './actions.ts';
import { addCosts } from './costs.ts';
import type { ApprovalRequested, ApprovalVoted } from './approvals.ts';
import type { EffectClass } from './effects.ts';
import type {
  AttemptIntended,
  AttemptVerified,
  BodyEnded,
  BodyStarted,
  LimitWait,
  LogWritten,
  RunEvent,
  RunFault,
  RunOptions,
  SignalReceived,
  StepEnded,
  StepStarted,
  UndoPrepared,
} from './events.ts';
import type { Fault } from './faults.ts';
import type { Json, JsonObject } from './json.ts';
import { attemptNumber, pollNumber, stepKeyOf } from './keys.ts';
import { hiddenOf, sensitiveNotice, shownInputs, type Hidden } from './sensitive.ts';
import type { RunStatus, StepStatus } from './states.ts';
import type { EpochMs } from './time.ts';
import type { Step, Workflow } from './workflow.ts';

/** The state of a run as people see it: the fold of its events. Filled in place by {@link applyEvent}. */
export interface RunView {
  workflow: string;
  definition: string;
  status: RunStatus;
  options: RunOptions;
  inputs: JsonObject;
  startedAt: EpochMs;
  endedAt?: EpochMs;
  phase: 'steps' | 'on_failure' | 'undo' | 'finally';
  output?: Json;
  error?: RunFault;
  /** In the order of the file where the definition is known, else in the order in which they began. */
  steps: StepView[];
  resumes: number;
  /** What its calls have cost, in the unit of the project. */
  cost: number;
  cancelledBy?: string;
  hidden: Hidden;
  /** True where the run gives back the last result of its steps. */
  givesLastResult: boolean;
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
  output?: Json;
  fault?: Fault;
  cachedAgeMs?: number;
  /** Key of the alternative that gave the result. */
  fallback?: string;
  tolerated: boolean;
  /** Its alternatives and probes, as far as they were tried. */
  alternatives: StepView[];
}

export type StepWait =
  | { readonly reason: 'wait' | 'retry' | 'every'; readonly due: EpochMs }
  /** For the turn that a rate limit gives. */
  | { readonly reason: 'rate_limit'; readonly key: string; readonly due: EpochMs }
  /** No slot of a concurrency limit is free for it; nobody knows for how long. */
  | { readonly reason: 'concurrency'; readonly key: string; readonly max: number };

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

/** True where a fault of the step leaves open whether something was changed; a read never changes anything. */
export function mayHaveTakenEffect(fault: Fault, step: StepView | undefined): boolean {
  return fault.outcome === 'unknown' && step?.attempts.at(-1)?.effect !== 'read';
}

/** The view of a whole run. With the definition, steps that have not begun are listed as `pending`. */
export function foldRun(events: readonly RunEvent[], workflow?: Workflow): RunView {
  const view = emptyView(workflow);
  for (const event of events) applyEvent(view, event);
  return view;
}

export function emptyView(workflow?: Workflow): RunView {
  return {
    workflow: workflow?.name ?? '',
    definition: workflow?.hash ?? '',
    status: 'queued',
    options: { dryRun: false, cache: true },
    inputs: {},
    startedAt: 0,
    phase: 'steps',
    steps: (workflow?.steps ?? []).map(pendingStep),
    resumes: 0,
    hidden: workflow ? hiddenOf(workflow) : { inputs: new Set(), steps: new Set() },
    givesLastResult: workflow !== undefined && workflow.output === undefined,
    cost: 0,
  };
}

/** Brings a view up to date with one more event. */
export function applyEvent(view: RunView, event: RunEvent): void {
  switch (event.type) {
    case 'run.started':
      Object.assign(view, {
        workflow: event.workflow,
        definition: event.definition,
        inputs: shownInputs(event.inputs, view.hidden),
        options: event.options,
        startedAt: event.at,
        status: 'running',
      });
      return;
    case 'run.resumed':
      view.status = 'running';
      view.resumes += 1;
      return;
    case 'cancel.requested':
      view.cancelledBy ??= event.by;
      return;
    case 'phase.started':
      view.phase = event.phase;
      return;
    case 'run.ended':
      view.status = event.status;
      view.endedAt = event.at;
      if (event.output !== undefined) view.output = shownOutput(view, event.output);
      if (event.error) view.error = event.error;
      return;
    case 'run.paused':
      view.status = 'paused';
      return;
    case 'run.timed_out':
    case 'log.written':
    case 'body.started':
    case 'body.ended':
    case 'signal.received':
    case 'approval.requested':
    case 'approval.voted':
    case 'undo.prepared':
      return;
    case 'step.started':
    case 'limit.awaited':
    case 'attempt.intended':
    case 'attempt.ended':
    case 'attempt.verified':
    case 'poll.ended':
    case 'timer.set':
    case 'timer.fired':
    case 'step.ended':
    case 'attention.raised':
    case 'attention.resolved':
      applyStepEvent(view, stepOf(view, stepKeyOf(event.key)), event);
  }
}

type StepEvent = Exclude<Extract<RunEvent, { key: string }>, LaterEvent>;
type LaterEvent =
  BodyStarted | BodyEnded | SignalReceived | ApprovalRequested | ApprovalVoted | UndoPrepared | LogWritten;

function applyStepEvent(view: RunView, step: StepView, event: StepEvent): void {
  if (event.type !== 'limit.awaited') endLimitWait(step, event.at);
  if ('cost' in event && event.cost !== undefined) {
    view.cost = addCosts(view.cost, event.cost);
    step.cost = addCosts(step.cost ?? 0, event.cost);
  }
  switch (event.type) {
    case 'step.started':
      applyStarted(step, event);
      return;
    case 'limit.awaited':
      step.limitAwaitedAt ??= event.at;
      step.waiting = waitFor(event.limit);
      step.status = 'waiting';
      view.status = 'waiting';
      return;
    case 'attempt.intended':
      applyIntended(step, event);
      view.status = 'running';
      return;
    case 'attempt.ended': {
      const attempt = step.attempts.findLast(({ key }) => key === event.key);
      if (!attempt) return;
      attempt.durationMs = event.durationMs;
      if (event.fault) attempt.fault = event.fault;
      return;
    }
    case 'attempt.verified': {
      const attempt = step.attempts.findLast(({ key }) => key === event.key);
      if (attempt) attempt.verdict = event.verdict;
      return;
    }
    case 'timer.set':
      step.waiting = { due: event.due, reason: event.reason };
      step.status = 'waiting';
      view.status = 'waiting';
      return;
    case 'timer.fired':
      delete step.waiting;
      step.status = 'running';
      view.status = 'running';
      return;
    case 'step.ended':
      applyEnded(step, event, view.hidden);
      view.status = 'running';
      return;
    case 'attention.raised':
      step.attention = event.message;
      step.status = 'unknown';
      view.status = 'needs_attention';
      return;
    case 'attention.resolved':
      delete step.attention;
      step.status = 'running';
      return;
    case 'poll.ended':
  }
}

function applyStarted(step: StepView, event: StepStarted): void {
  step.status = 'running';
  step.kind = event.kind;
  step.startedAt = event.at;
  if (event.action) step.action = event.action;
}

function endLimitWait(step: StepView, at: EpochMs): void {
  if (step.limitAwaitedAt === undefined) return;
  step.waitedMs = (step.waitedMs ?? 0) + Math.max(0, at - step.limitAwaitedAt);
  delete step.limitAwaitedAt;
}

function waitFor(limit: LimitWait): StepWait {
  const { key } = limit;
  if (limit.kind === 'rate_limit') return { reason: 'rate_limit', key, due: limit.due };
  return { reason: 'concurrency', key, max: limit.max };
}

function applyIntended(step: StepView, event: AttemptIntended): void {
  delete step.waiting;
  step.status = 'running';
  step.polls = Math.max(step.polls, pollNumber(event.key));
  if (step.attempts.at(-1)?.key === event.key) return;
  step.attempts.push({ key: event.key, effect: event.effect, number: attemptNumber(event.key), startedAt: event.at });
}

/** The last result of a run may be that of a step whose result is kept out of sight. */
function shownOutput({ givesLastResult, steps }: RunView, output: Json): Json {
  if (!givesLastResult) return output;
  const main = steps.filter(({ key }) => !/^(?:on_failure|finally)\//.test(key));
  const last = main.findLast(({ status, output: result }) => status === 'succeeded' && result !== undefined);
  return last?.output === sensitiveNotice ? sensitiveNotice : output;
}

function applyEnded(step: StepView, event: StepEnded, hidden: Hidden): void {
  step.status = event.status;
  step.kind = event.kind;
  step.durationMs = event.durationMs;
  step.tolerated = event.tolerated === true;
  delete step.waiting;
  delete step.attention;
  if (event.skipped) step.skipped = event.skipped;
  if (event.output !== undefined) step.output = hidden.steps.has(step.key) ? sensitiveNotice : event.output;
  if (event.fault) step.fault = event.fault;
  if (event.cachedAgeMs !== undefined) step.cachedAgeMs = event.cachedAgeMs;
  if (event.fallback !== undefined) step.fallback = event.fallback;
}

/** Before an alternative or a probe of the step in front of it; a handler may have a step called `verify`. */
const partsOfKey = /(?=\/fallback\[)|(?<!^(?:on_failure|finally))(?=\/verify(?:$|[[/]))/;

/** The view of a step or alternative, made when it is seen for the first time. */
function stepOf(view: RunView, key: string): StepView {
  const [owner, ...alternatives] = key.split(partsOfKey);
  let path = owner ?? key;
  let step = findOrAdd(view.steps, path);
  for (const part of alternatives) {
    path += part;
    step = findOrAdd(step.alternatives, path);
  }
  return step;
}

function findOrAdd(steps: StepView[], key: string): StepView {
  const known = steps.find((step) => step.key === key);
  if (known) return known;
  const added = blankStep(key, '', 0);
  steps.push(added);
  return added;
}

function pendingStep(step: Step): StepView {
  const view = blankStep(step.key, step.kind, step.line);
  if (step.id !== undefined) view.id = step.id;
  return view;
}

function blankStep(key: string, kind: string, line: number): StepView {
  return { key, kind, line, status: 'pending', attempts: [], polls: 0, tolerated: false, alternatives: [] };
}

/** Repetitions after a fault, over all polls: the first attempt of each poll is none. */
export function retryCount(step: StepView): number {
  return step.attempts.filter(({ number }) => number > 1).length;
}
