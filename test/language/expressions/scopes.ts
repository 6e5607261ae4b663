import type { EvaluationScope, NameScope } from '../../../src/language/expressions/scope.ts';
import type { Json } from '../../../src/model/json.ts';

/** A name scope over steps (whose results may have fields) and scalar inputs. */
export function nameScope(names: { steps?: readonly string[]; inputs?: readonly string[] }): NameScope {
  const known = new Map([
    ...(names.steps ?? []).map((name) => [name, { slot: `step:${name}`, scalar: false }] as const),
    ...(names.inputs ?? []).map((name) => [name, { slot: `input:${name}`, scalar: true }] as const),
  ]);
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
