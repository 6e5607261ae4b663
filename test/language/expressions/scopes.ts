import { EvaluationError } from '../../../src/language/expressions/scope.ts';
import type { EvaluationScope, NameScope, ScopedName } from '../../../src/language/expressions/scope.ts';
import type { Json } from '../../../src/model/json.ts';

/** A name scope over steps (whose results may have fields) and scalar inputs. */
export function nameScope(names: { steps?: readonly string[]; inputs?: readonly string[] }): NameScope {
  const known = new Map<string, ScopedName>();
  for (const name of names.steps ?? []) known.set(name, { slot: `step:${name}`, scalar: false });
  for (const name of names.inputs ?? []) known.set(name, { slot: `input:${name}`, scalar: true });
  return { lookup: (name) => known.get(name), names: () => [...known.keys()], explain: () => undefined };
}

/** An evaluation scope over the values of slots; random numbers are those given, again and again. */
export function evaluationScope(
  values: Readonly<Record<string, Json>>,
  options: { now?: number; random?: readonly number[] } = {},
): EvaluationScope {
  const numbers = options.random ?? [0.5];
  let drawn = 0;
  return {
    read: (slot) => values[slot],
    now: options.now ?? 0,
    random: () => numbers[drawn++ % numbers.length] ?? 0,
  };
}

/** The EvaluationError with which an evaluation ends, at once or later. */
export async function faultOf(evaluation: () => unknown): Promise<EvaluationError> {
  const outcome = await Promise.resolve()
    .then(evaluation)
    .then(
      () => undefined,
      (cause: unknown) => cause,
    );
  if (outcome instanceof EvaluationError) return outcome;
  throw new Error('It did not end with an EvaluationError.', { cause: outcome });
}
