import { withInnerLists } from '../../model/inner-lists.ts';
import type { ApprovalStep, Body, Step, TryStep } from '../../model/workflow.ts';
import { isCallStep } from '../../model/workflow.ts';

/**
 * The steps, in which each approval knows what it approves: the effects that follow it in its own list up to the next
 * approval that is certain to be asked. Where nothing follows there, it approves what follows the block around it.
 */
export function withBindings(steps: readonly Step[]): readonly Step[] {
  return bound(steps, []);
}

/** @param after keys of the effects that come once the list has ended */
function bound(steps: readonly Step[], after: readonly string[]): readonly Step[] {
  return steps.map((step, index) => {
    const rest = effectsOf(steps.slice(index + 1));
    const following = rest.keys.length > 0 || rest.guarded ? rest.keys : after;
    if (step.kind === 'approval') return withBinds(step, following);
    return withInnerLists(step, (inner) => bound(inner, following));
  });
}

function withBinds(step: ApprovalStep, binds: readonly string[]): ApprovalStep {
  return binds.length === 0 ? step : { ...step, binds };
}

interface Effects {
  readonly keys: readonly string[];
  /** True when an approval is certain to be asked before the list ends: what follows it is for that one. */
  readonly guarded: boolean;
}

function effectsOf(steps: readonly Step[]): Effects {
  const keys: string[] = [];
  for (const step of steps) {
    const inner = effectsIn(step);
    keys.push(...inner.keys);
    if (inner.guarded && step.if === undefined) return { keys, guarded: true };
  }
  return { keys, guarded: false };
}

function effectsIn(step: Step): Effects {
  if (isCallStep(step)) return { keys: step.effect === 'read' ? [] : [step.key], guarded: false };
  if (step.kind === 'workflow') return { keys: [step.key], guarded: false };
  if (step.kind === 'approval') return { keys: [], guarded: true };
  if (step.kind === 'parallel') return together(step.branches, (guarded) => guarded.some(Boolean));
  if (step.kind === 'race') return together(step.branches, (guarded) => guarded.every(Boolean));
  if (step.kind === 'for_each' || step.kind === 'repeat') return { ...effectsOf(step.body.steps), guarded: false };
  if (step.kind === 'switch') {
    const hasElse = step.cases.some(({ when }) => when === undefined);
    return together(step.cases, (guarded) => hasElse && guarded.every(Boolean));
  }
  return step.kind === 'try' ? effectsOfTry(step) : { keys: [], guarded: false };
}

/** What a handler asks is asked only after a fault. */
function effectsOfTry({ body, catch: handlers, finally: last }: TryStep): Effects {
  const [tried, caught, lastly] = [effectsOf(body.steps), together(handlers, () => false), effectsOf(last)];
  return { keys: [...tried.keys, ...caught.keys, ...lastly.keys], guarded: tried.guarded || lastly.guarded };
}

function together(
  parts: readonly { readonly body: Body }[],
  decide: (guarded: readonly boolean[]) => boolean,
): Effects {
  const effects = parts.map(({ body }) => effectsOf(body.steps));
  return { keys: effects.flatMap(({ keys }) => keys), guarded: decide(effects.map(({ guarded }) => guarded)) };
}
