import type { Alternative, Body, Branch, ParallelStep, RaceStep, Step } from '../../model/workflow.ts';
import { isCallStep } from '../../model/workflow.ts';
import type { Entry, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, placeOf } from '../yaml/tree.ts';
import { checkName } from './block-names.ts';
import { bodyOf, checkPart, inside, listInside, noteDependencies } from './bodies.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';

export function compileParallel(context: ActionContext): ParallelStep {
  const branches = branchesOf(context, parallelBody);
  return { kind: 'parallel', ...baseOf(context), branches };
}

export function compileRace(context: ActionContext): RaceStep {
  const branches = branchesOf(context, raceBody);
  return { kind: 'race', ...baseOf(context), branches };
}

function branchesOf(context: ActionContext, read: (entry: Entry, context: ActionContext) => Body): readonly Branch[] {
  return entriesOf(child(context.map, context.kind)).map((entry) => {
    checkName(entry.key, entry.name, 'branch', context.site);
    return { name: entry.name, body: read(entry, context) };
  });
}

function parallelBody(entry: Entry, context: ActionContext): Body {
  const { name, value } = entry;
  if (!isListOfSteps(value)) return stepBody(entry, context);
  const at = inside(context, `.${name}.`, { noReturn: context.kind });
  if (value.kind === 'list') {
    checkNotEmpty(entry, context);
    return { steps: listInside(value, at, context).steps };
  }
  checkPart(value, 'branch', context);
  return bodyOf(listInside(child(value, 'steps'), at, context), context, value);
}

function checkNotEmpty({ name, value }: Entry, { site }: ActionContext): void {
  if (itemsOf(value).length > 0) return;
  const message = `The branch \`${name}\` is empty, but must be a step or a list of steps.`;
  site.loading.findings.error('VALUE_INVALID', placeOf(value), message);
}

/** A branch that is one step. It has no `id`: the branch's name is its name. */
function stepBody({ name, value }: Entry, context: ActionContext): Body {
  const at = inside(context, `.${name}.`, { noReturn: context.kind, key: `${context.place.key}.${name}` });
  const step = context.compile.step(value, at)?.step;
  const steps = step === undefined ? [] : [step];
  noteDependencies(steps, context.site);
  return { steps };
}

function raceBody(entry: Entry, context: ActionContext): Body {
  const { findings } = context.site.loading;
  if (isListOfSteps(entry.value)) {
    const message = 'A branch of `race` is one step: a read, a wait or an approval.';
    findings.error('RACE_BRANCH', placeOf(entry.value), message);
    return { steps: [] };
  }
  const body = stepBody(entry, context);
  if (!body.steps.every(mayRace)) {
    const message = 'A branch of `race` that loses is cancelled, so it holds only reads, waits and approvals.';
    const hint = 'If the call only reads, say so with `effect: read`.';
    findings.error('RACE_BRANCH', placeOf(entry.value), message, hint);
  }
  return body;
}

/** Reads, waits and approvals, also in the place of a read that has failed. */
function mayRace(step: Step): boolean {
  if (!isCallStep(step)) return step.kind === 'wait' || step.kind === 'approval';
  return step.effect === 'read' && step.fallback.every(mayStandIn);
}

function mayStandIn(alternative: Alternative): boolean {
  if (alternative.kind === 'value' || alternative.afterUnknown) return true;
  return alternative.step.kind === 'set' || mayRace(alternative.step);
}

function isListOfSteps(node: Node): boolean {
  return (
    node.kind === 'list' ||
    (node.kind === 'map' && node.entries.has('steps') && !node.entries.has('for_each') && !node.entries.has('repeat'))
  );
}
