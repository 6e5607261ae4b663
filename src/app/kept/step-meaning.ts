import { canonicalJson } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { isCallStep } from '../../model/workflow.ts';
import type { Step, Workflow } from '../../model/workflow.ts';
import { allSteps } from '../../model/block-bodies.ts';
import { innerListsOf } from './inner-lists.ts';

/**
 * Keys that say how often, how long or under which limits something is done, or where it stands in the file: a result
 * that is there already does not come from them.
 */
const besides = new Set([
  'line',
  'description',
  'references',
  'retry',
  'timeoutMs',
  'attemptTimeoutMs',
  'cache',
  'circuitBreaker',
  'rateLimit',
  'concurrency',
  'budget',
  'cost',
  'costLimit',
  'verify',
  'onInterrupt',
  'continueOnError',
  'idempotencyKey',
  'maxParallel',
  'tolerate',
  'undo',
]);

const bodies = new Set(['body', 'branches', 'cases', 'catch', 'finally']);

/** What a step's result comes from, as a text: equal texts, equal results. The steps inside a block do not count. */
export function meaningOf(step: Step, workflow: Workflow): string {
  return textOf({ ...ownMeaning(step, workflow), ...conditionsOf(step) });
}

/** The same of what a body gives; a body without `output` gives its last result. */
export function outputMeaning(output: object | undefined): string {
  return textOf(output ?? {});
}

function ownMeaning(step: Step, workflow: Workflow): object {
  const own = Object.fromEntries(Object.entries(step).filter(([name]) => !besides.has(name) && !bodies.has(name)));
  if (step.kind === 'workflow') return { ...own, child: childMeaning(step.workflow, workflow) };
  if (!isCallStep(step)) return own;
  const fallback = step.fallback.map((each) =>
    each.kind === 'step' ? { step: ownMeaning(each.step, workflow) } : { value: each.value },
  );
  return { ...own, fallback };
}

/** Which case runs, which fault is handled. */
function conditionsOf(step: Step): object {
  if (step.kind === 'switch') return { cases: step.cases.map(({ when = null }) => when) };
  if (step.kind === 'try') return { errors: step.catch.map(({ errors = null }) => errors) };
  return step.kind === 'parallel' || step.kind === 'race' ? { names: step.branches.map(({ name }) => name) } : {};
}

/** A child's steps, with those of the workflows that it reaches. */
function childMeaning(name: string, { children = {} }: Workflow, seen: readonly string[] = []): object {
  const child = children[name];
  if (child === undefined || seen.includes(name)) return { name };
  const inside = { ...child, children };
  const deeper = [...seen, name];
  const steps = allSteps(child).map((step) => ({
    meaning: ownMeaning(step.kind === 'workflow' ? { ...step, workflow: '' } : step, inside),
    conditions: conditionsOf(step),
    outputs: innerListsOf(step).map(({ body }) => body.output ?? null),
    child: step.kind === 'workflow' ? childMeaning(step.workflow, inside, deeper) : null,
  }));
  return { steps, inputs: child.inputs, output: child.output ?? null };
}

function textOf(value: object): string {
  return canonicalJson(JSON.parse(JSON.stringify(value)) as Json);
}

/** Names of the inputs that a step's own fields read; `*` for all of them. */
export function inputsReadBy(step: Step): ReadonlySet<string> {
  const own = Object.entries(step).filter(([name]) => !bodies.has(name) && name !== 'undo');
  const whens = step.kind === 'switch' ? step.cases.map(({ when }) => when) : [];
  const slots = [...own.map(([, value]) => value as Json), ...(whens as readonly (Json | undefined)[])].flatMap(
    slotsIn,
  );
  return new Set(
    slots.flatMap((slot) => {
      if (slot === 'inputs') return ['*'];
      return slot.startsWith('input:') ? [slot.slice('input:'.length)] : [];
    }),
  );
}

/** Where the values of a compiled field come from. */
function slotsIn(value: Json | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(slotsIn);
  const { kind, slot, variables, ...rest } = value as { readonly [key: string]: Json };
  if (kind === 'literal') return [];
  if (kind === 'path' && typeof slot === 'string') return [slot];
  if (kind === 'expression') return Object.values(variables ?? {}).map(String);
  return Object.values(rest).flatMap(slotsIn);
}
