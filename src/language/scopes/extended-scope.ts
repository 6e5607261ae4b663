import type { Slot } from '../../model/values.ts';
import type { ScopedName } from '../expressions/scope.ts';
import type { Scope, StepFacts } from './scope.ts';

/** A scope with some more names: a loop's variables, `$last_error`, or a step's own result. */
export class ExtendedScope implements Scope {
  readonly #parent: Scope;
  readonly #names: ReadonlyMap<string, ScopedName>;
  readonly #own: StepFacts | undefined;

  /** @param own a step whose own result is among the names */
  constructor(parent: Scope, names: Readonly<Record<string, ScopedName>>, own?: StepFacts) {
    this.#parent = parent;
    this.#names = new Map(Object.entries(names));
    this.#own = own;
  }

  lookup(name: string): ScopedName | undefined {
    return this.#names.get(name) ?? this.#parent.lookup(name);
  }

  names(): readonly string[] {
    return [...this.#names.keys(), ...this.#parent.names()];
  }

  explain(name: string): { readonly message: string; readonly hint?: string } | undefined {
    return this.#parent.explain(name);
  }

  stepAt(slot: Slot): StepFacts | undefined {
    return this.#own?.slot === slot ? this.#own : this.#parent.stepAt(slot);
  }

  stepNamed(name: string): StepFacts | undefined {
    return this.#own !== undefined && this.#names.has(name) ? this.#own : this.#parent.stepNamed(name);
  }

  stepNames(): readonly string[] {
    return this.#parent.stepNames();
  }

  isCertain(slot: Slot): boolean {
    return this.#own?.slot === slot || this.#parent.isCertain(slot);
  }
}

/** A name that only this version's checks know: what it stands for is never evaluated here. */
export function named(slot: Slot): ScopedName {
  return { slot, scalar: false };
}
