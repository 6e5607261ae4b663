import type { RunEvent } from './events.ts';
import { stepKeyOf } from './keys.ts';
import { everyStep } from './run-view.ts';
import type { BodyView, RunView, StepView } from './run-view.ts';
import { refreshStatus, setStatus } from './run-view-active.ts';
import { applyStepEvent } from './run-view-steps.ts';
import { addDefined, beginAround, blockOf, bodyOf, foldAway, ownerKeyOf, stepOf } from './run-view-tree.ts';
import { hiddenOf, isHiddenResult, sensitiveNotice, shownInputs } from './sensitive.ts';
import type { Json } from './json.ts';
import type { EpochMs } from './time.ts';
import type { Workflow } from './workflow.ts';

export interface FoldOptions {
  /** True: every item and round of a loop is kept with its steps, however many there are. */
  readonly keepsAll?: boolean;
}

/** The view of a whole run. With the definition, steps that have not begun are listed as `pending`. */
export function foldRun(events: readonly RunEvent[], workflow?: Workflow, options: FoldOptions = {}): RunView {
  const view = emptyView(workflow, options);
  for (const event of events) applyEvent(view, event);
  return view;
}

export function emptyView(workflow?: Workflow, { keepsAll = false }: FoldOptions = {}): RunView {
  const handlers = [...(workflow?.onFailure ?? []), ...(workflow?.finally ?? [])];
  const view: RunView = {
    workflow: workflow?.name ?? '',
    definition: workflow?.hash ?? '',
    status: 'queued',
    options: { dryRun: false, cache: true },
    inputs: {},
    startedAt: 0,
    phase: 'steps',
    steps: [],
    undone: [],
    resumes: 0,
    hidden: workflow ? hiddenOf(workflow) : { inputs: new Set(), steps: new Set(), carriers: new Set() },
    givesLastResult: workflow !== undefined && workflow.output === undefined,
    cost: 0,
    index: {
      steps: new Map(),
      bodies: new Map(),
      active: new Set(),
      tally: { running: 0, waiting: 0, unknown: 0 },
      prepared: new Map(),
      handlers: new Map(handlers.map((step) => [step.key, step])),
      keepsAll,
    },
  };
  for (const step of workflow?.steps ?? []) view.steps.push(addDefined(view, step, step.key));
  return view;
}

/** Brings a view up to date with one more event, in constant time. */
export function applyEvent(view: RunView, event: RunEvent): void {
  switch (event.type) {
    case 'run.started':
      return applyRunStarted(view, event);
    case 'run.resumed':
      view.resumes += 1;
      delete view.pausedBy;
      return refreshStatus(view);
    case 'cancel.requested':
      view.cancelledBy ??= event.by;
      return;
    case 'phase.started':
      view.phase = event.phase;
      return refreshStatus(view);
    case 'run.ended':
      view.status = event.status;
      view.endedAt = event.at;
      if (event.output !== undefined) view.output = shownOutput(view, event.output);
      if (event.error) view.error = event.error;
      view.index.active.clear();
      return;
    case 'run.paused':
      view.pausedBy = event.by;
      view.status = 'paused';
      return;
    case 'run.timed_out':
    case 'log.written':
      return;
    case 'body.started':
      bodyOf(view, event.key);
      return beginAround(view, event.key, event.at);
    case 'body.ended':
      return applyBodyEnded(view, event);
    case 'undo.prepared':
      view.index.prepared.set(
        event.key,
        event.action ? { kind: event.kind, action: event.action } : { kind: event.kind },
      );
      return;
    case 'step.started':
    case 'limit.awaited':
    case 'attempt.intended':
    case 'attempt.ended':
    case 'attempt.verified':
    case 'poll.ended':
    case 'timer.set':
    case 'timer.fired':
    case 'signal.received':
    case 'approval.requested':
    case 'approval.voted':
    case 'step.ended':
    case 'attention.raised':
    case 'attention.resolved':
      applyStepEvent(view, ownerOf(view, event.key, event.at), event);
      refreshStatus(view);
  }
}

function applyRunStarted(view: RunView, event: Extract<RunEvent, { type: 'run.started' }>): void {
  const { workflow, definition, options, deadline, origin, parent } = event;
  Object.assign(view, {
    workflow,
    definition,
    inputs: shownInputs(event.inputs, view.hidden),
    options,
    startedAt: event.at,
    status: 'running',
    ...(deadline === undefined ? {} : { deadline }),
    ...(origin && { origin }),
    ...(parent && { parent }),
  });
}

/** The step that an event is about; the pause between two rounds has the key of a round. */
function ownerOf(view: RunView, eventKey: string, at: EpochMs): StepView {
  const key = stepKeyOf(eventKey);
  if (!view.index.steps.has(key) && view.index.bodies.has(key)) return stepOf(view, ownerKeyOf(view, key));
  const step = stepOf(view, key);
  beginAround(view, key, at);
  return step;
}

function applyBodyEnded(view: RunView, event: Extract<RunEvent, { type: 'body.ended' }>): void {
  const body = bodyOf(view, event.key);
  const owner = stepOf(view, ownerKeyOf(view, event.key));
  const { counts } = blockOf(owner);
  beginAround(view, event.key, event.at);
  if (body.status === 'running') counts.running -= 1;
  body.status = event.status;
  body.endedAt = event.at;
  counts[event.status] += 1;
  if (event.output !== undefined) body.output = isHiddenResult(view.hidden, event.key) ? sensitiveNotice : event.output;
  if (event.error) body.error = event.error;
  if (event.status !== 'succeeded') endInside(view, body);
  refreshStatus(view);
  foldAway(view, owner, body);
}

/** What was under way in a body that was cancelled is over with it. */
function endInside(view: RunView, body: BodyView): void {
  for (const step of everyStep(body.steps)) {
    if (step.status !== 'running' && step.status !== 'waiting') continue;
    delete step.waiting;
    setStatus(view, step, 'cancelled');
  }
}

/** The last result of a run may be that of a step whose result is kept out of sight. */
function shownOutput({ givesLastResult, steps }: RunView, output: Json): Json {
  if (!givesLastResult) return output;
  const main = steps.filter(({ key }) => !/^(?:on_failure|finally)\//.test(key));
  const last = main.findLast(({ status, output: result }) => status === 'succeeded' && result !== undefined);
  return last?.output === sensitiveNotice ? sensitiveNotice : output;
}
