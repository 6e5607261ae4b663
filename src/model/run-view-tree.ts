import { bodiesOf } from './block-bodies.ts';
import type { BlockBody } from './block-bodies.ts';
import type { BodyView, BlockView, RunView, StepView } from './run-view.ts';
import { leave } from './run-view-active.ts';
import type { EpochMs } from './time.ts';
import type { Step } from './workflow.ts';

/** Bodies of a loop that ended well and are still shown with their steps. */
const recentBodies = 3;

/** So many failed bodies of a loop keep their steps; those after them keep their error. */
const failedInFull = 50;

/** A step that the definition holds and that has not begun, with the bodies that are certain to run. */
export function addDefined(view: RunView, definition: Step, key: string): StepView {
  const step = blankStep(key, definition.kind, definition.line);
  if (definition.id !== undefined) step.id = definition.id;
  step.definition = definition;
  view.index.steps.set(key, step);
  const bodies = bodiesOf(definition);
  if (bodies.length === 0) return step;
  const block = blockOf(step);
  for (const body of bodies)
    if (isCertain(body)) block.bodies.set(key + body.suffix, addBody(view, step, key + body.suffix));
  return step;
}

/** Loops, cases and handlers show when they begin: nobody knows before whether they will. */
function isCertain({ role }: BlockBody): boolean {
  return role === 'branch' || role === 'try' || role === 'finally';
}

/** The step of a key, made when it is seen for the first time, in the body that it belongs to. */
export function stepOf(view: RunView, key: string): StepView {
  const known = view.index.steps.get(key);
  if (known) return known;
  const place = placeOf(view, key);
  // Its body, if that was made now, brought the steps that the definition says.
  const defined = view.index.steps.get(key);
  if (defined) return defined;
  const handler = view.index.handlers.get(key);
  const step = handler ? addDefined(view, handler, key) : blankStep(key, '', 0);
  place.push(step);
  view.index.steps.set(key, step);
  return step;
}

/** Before an alternative, a probe or a compensation; a handler may have a step of such a name. */
const partner = /(?<!^(?:on_failure|finally))\/(?:fallback\[\d+\]|verify|undo)$/;

function placeOf(view: RunView, key: string): StepView[] {
  const aside = partner.exec(key);
  if (aside?.[0] === '/undo') return view.undone;
  if (aside) return stepOf(view, key.slice(0, aside.index)).alternatives;
  const dot = key.lastIndexOf('.');
  if (dot === -1) return view.steps;
  const parent = key.slice(0, dot);
  const owner = view.index.steps.get(parent);
  const isBranch = owner && (owner.kind === 'parallel' || owner.kind === 'race');
  // A branch that is one step has the step's key; its owner is not known where a part of the journal is.
  const isLoneBranch = owner === undefined && !view.index.bodies.has(parent) && /(?:^|\/)\w+$/.test(parent);
  return bodyOf(view, isBranch || isLoneBranch ? key : parent).steps;
}

/** The body of a key, made when it is seen for the first time. */
export function bodyOf(view: RunView, key: string): BodyView {
  const known = view.index.bodies.get(key);
  if (known) return known;
  const owner = stepOf(view, ownerKeyOf(view, key));
  const body = addBody(view, owner, key);
  blockOf(owner).bodies.set(key, body);
  return body;
}

/** The key of the block that a body belongs to. */
export function ownerKeyOf(view: RunView, body: string): string {
  const bare = body.endsWith(']') ? body.slice(0, body.lastIndexOf('[')) : body.slice(0, body.lastIndexOf('.'));
  // `t.catch[0]` is a handler of `t`, unless `t.catch` is a branch that is a loop.
  return body.endsWith(']') && bare.endsWith('.catch') && !view.index.steps.has(bare) ? bare.slice(0, -6) : bare;
}

function addBody(view: RunView, owner: StepView, key: string): BodyView {
  const suffix = key.slice(owner.key.length);
  const defined = owner.definition && definedBody(owner.definition, suffix);
  const body: BodyView = {
    key,
    role: defined?.role ?? roleOf(suffix),
    name: suffix.startsWith('[') ? suffix.slice(1, -1) : suffix.slice(1),
    status: 'pending',
    steps: [],
  };
  const item = owner.block?.items?.[Number(body.name)];
  if (item !== undefined) body.item = item;
  view.index.bodies.set(key, body);
  if (defined && owner.definition) {
    const declared = (owner.definition.declared ?? owner.definition.key) + defined.suffix;
    for (const step of defined.steps) body.steps.push(addDefined(view, step, key + step.key.slice(declared.length)));
  }
  return body;
}

function definedBody(definition: Step, suffix: string): BlockBody | undefined {
  const bodies = bodiesOf(definition);
  return bodies.find((body) => body.suffix === suffix || (body.suffix === '[]' && suffix.startsWith('[')));
}

function roleOf(suffix: string): BodyView['role'] {
  if (suffix === '.try') return 'try';
  if (suffix === '.finally') return 'finally';
  if (suffix.startsWith('.catch[')) return 'catch';
  return suffix.startsWith('[') ? 'item' : 'branch';
}

export function blockOf(step: StepView): BlockView {
  step.block ??= {
    bodies: new Map(),
    counts: { running: 0, succeeded: 0, failed: 0, cancelled: 0 },
    recent: [],
    failedInFull: 0,
  };
  return step.block;
}

/** Marks the bodies around a step or body as begun. */
export function beginAround(view: RunView, key: string, at: EpochMs): void {
  for (let dot = key.length; dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
    const body = view.index.bodies.get(key.slice(0, dot));
    if (body?.status === 'pending') begin(view, body, at);
    else if (body) return;
  }
}

function begin(view: RunView, body: BodyView, at: EpochMs): void {
  body.status = 'running';
  body.startedAt = at;
  blockOf(stepOf(view, ownerKeyOf(view, body.key))).counts.running += 1;
}

/** Lets go of what nobody looks at any more in a loop, now that one of its bodies has ended. */
export function foldAway(view: RunView, owner: StepView, body: BodyView): void {
  const block = blockOf(owner);
  if (view.index.keepsAll || (body.role !== 'item' && body.role !== 'round')) return;
  if (body.status === 'failed') {
    block.failedInFull += 1;
    if (block.failedInFull > failedInFull) forgetSteps(view, body);
    return;
  }
  block.recent.push(body.key);
  if (block.recent.length <= recentBodies) return;
  const oldest = view.index.bodies.get(block.recent.shift() ?? '');
  if (!oldest) return;
  forgetSteps(view, oldest);
  view.index.bodies.delete(oldest.key);
  block.bodies.delete(oldest.key);
}

function forgetSteps(view: RunView, body: BodyView): void {
  for (const step of body.steps.splice(0)) forgetStep(view, step);
}

function forgetStep(view: RunView, step: StepView): void {
  view.index.steps.delete(step.key);
  leave(view, step);
  for (const alternative of step.alternatives) forgetStep(view, alternative);
  for (const body of step.block?.bodies.values() ?? []) {
    view.index.bodies.delete(body.key);
    forgetSteps(view, body);
  }
}

function blankStep(key: string, kind: string, line: number): StepView {
  return { key, kind, line, status: 'pending', attempts: [], polls: 0, tolerated: false, alternatives: [] };
}
