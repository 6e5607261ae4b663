import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope, StepFacts } from '../scopes/scope.ts';
import type { StepPlace } from './step-context.ts';

/** The scope of a step's own `until`, which may name the step itself. */
export function untilScope(place: StepPlace, facts: StepFacts): Scope {
  const name = facts.id ?? (place.position === undefined ? undefined : `step_${place.position}`);
  if (name === undefined) return place.scope;
  const own = { ...named(facts.slot), ...(facts.result && { result: facts.result }) };
  return new ExtendedScope(place.scope, { [name]: own }, facts);
}
