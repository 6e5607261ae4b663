import type { Step } from '../../model/workflow.ts';
import type { DefinitionChanges } from './definition-changes.ts';
import { innerListsOf, isWithin } from './inner-lists.ts';
import { inputsReadBy } from './step-meaning.ts';

/** Why a result that is there is not kept. */
export type LeftBecause =
  /** It stands at or after the step from which on all is done anew. */
  | { readonly kind: 'from' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'input'; readonly input: string }
  /** It names a step whose result is not kept. */
  | { readonly kind: 'depends'; readonly on: string }
  | { readonly kind: 'undone' }
  /** What was approved is not what is to come. */
  | { readonly kind: 'approval'; readonly step: string };

/** Keys in the definition, and what they are in the run, the innermost first. */
export type Places = readonly { readonly declared: string; readonly concrete: string }[];

interface ReasonParts {
  readonly changes: DefinitionChanges;
  readonly changedInputs: readonly string[];
  readonly steps: readonly Step[];
}

/** What speaks against keeping the result of a step. */
export class Reasons {
  readonly #parts: ReasonParts;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #known = new Map<string, LeftBecause | undefined>();
  readonly #gone = new Set<string>();

  constructor(parts: ReasonParts) {
    this.#parts = parts;
    this.#steps = new Map(parts.steps.map((step) => [step.key, step]));
  }

  /** From now on, what names this step has nothing to name. @param key in the run */
  noteGone(key: string): void {
    this.#gone.add(key);
  }

  /** A changed definition or input, its own or that of what it names. */
  ofChange(step: Step, places: Places): LeftBecause | undefined {
    return this.#own(step) ?? this.#dependence(step, places);
  }

  /** Of an approval: an effect that was approved and will not be the same. */
  ofApproval(step: Step, places: Places): LeftBecause | undefined {
    if (step.kind !== 'approval') return undefined;
    const other = step.binds?.find((key) => {
      const bound = this.#steps.get(key);
      return bound === undefined || this.ofChange(bound, places) !== undefined;
    });
    return other === undefined ? undefined : { kind: 'approval', step: other };
  }

  #own(step: Step): LeftBecause | undefined {
    if (!this.#known.has(step.key)) this.#known.set(step.key, this.#find(step));
    return this.#known.get(step.key);
  }

  #find(step: Step): LeftBecause | undefined {
    const { changes, changedInputs } = this.#parts;
    if (changes.changed.includes(step.key) || changes.added.includes(step.key)) return { kind: 'changed' };
    if (changedInputs.length === 0) return undefined;
    const read = inputsReadBy(step);
    const input = changedInputs.find((name) => read.has(name) || read.has('*'));
    return input === undefined ? undefined : { kind: 'input', input };
  }

  #dependence(step: Step, places: Places): LeftBecause | undefined {
    const isBlock = innerListsOf(step).length > 0;
    const named = [...step.references, ...(step.needs ?? [])].filter((key) => !isBlock || !isWithin(key, step.key));
    const on = named.map((key) => concreteKey(key, places)).find((key) => this.#gone.has(key));
    return on === undefined ? undefined : { kind: 'depends', on };
  }
}

/** What a key of the definition is called in the run, within the items and rounds that it stands in. */
export function concreteKey(key: string, places: Places): string {
  const place = places.find(({ declared }) => isWithin(key, declared));
  return place === undefined ? key : place.concrete + key.slice(place.declared.length);
}
