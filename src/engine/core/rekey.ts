import { declaredKey, isCallStep, type Alternative, type CallStep, type Step } from '../../model/workflow.ts';

/**
 * The steps of a body as they run in one round of it: `deploy[].release` becomes `deploy[3].release`. What stands inside
 * them is renamed when it runs.
 * @param declared what the keys begin with in the definition
 * @param actual what they begin with in this round
 */
export function rekeyed(steps: readonly Step[], declared: string, actual: string): readonly Step[] {
  if (declared === actual) return steps;
  return steps.map((step) => renamed(step, actual + declaredKey(step).slice(declared.length)));
}

/** The same step under another key, with its alternatives, its probe and its compensation. */
export function renamed<Kind extends Step>(step: Kind, key: string): Kind {
  const declared = declaredKey(step);
  const below = <Inner extends Step>(inner: Inner): Inner =>
    renamed(inner, key + declaredKey(inner).slice(declared.length));
  const own = { ...step, key, declared, ...(step.undo ? { undo: below(step.undo) } : {}) };
  return isCallStep(own) ? { ...own, ...partsOf(own, below) } : own;
}

function partsOf(step: CallStep, below: <Inner extends Step>(inner: Inner) => Inner): Partial<CallStep> {
  const alternatives = step.fallback.map((alternative): Alternative => {
    if (alternative.kind === 'step') return { ...alternative, step: below(alternative.step) };
    return { ...alternative, key: step.key + alternative.key.slice(declaredKey(step).length) };
  });
  const { verify } = step;
  return { fallback: alternatives, ...(verify ? { verify: { ...verify, probe: below(verify.probe) } } : {}) };
}
