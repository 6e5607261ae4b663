import type { Slot } from '../../model/values.ts';
import type { ScopedName } from '../expressions/scope.ts';
import { isPositional } from './reserved.ts';
import type { Scope, StepFacts } from './scope.ts';

/** The names that a list of steps adds: the results of its steps so far. It grows as the loader walks the list. */
export class ListScope implements Scope {
  readonly #parent: Scope;
  readonly #parentIsCertain: boolean;
  readonly #ids: readonly (string | undefined)[];
  readonly #byName = new Map<string, StepFacts>();
  readonly #bySlot = new Map<Slot, StepFacts>();
  readonly #steps: StepFacts[] = [];
  #last: StepFacts | undefined;

  /**
   * @param ids the ids of all steps of the list, also of those to come
   * @param parentIsCertain false for handlers: the steps outside may not have run when they begin
   */
  constructor(parent: Scope, ids: readonly (string | undefined)[], parentIsCertain = true) {
    this.#parent = parent;
    this.#parentIsCertain = parentIsCertain;
    this.#ids = ids;
  }

  add(step: StepFacts): void {
    this.#steps.push(step);
    this.#byName.set(step.id ?? `step_${this.#steps.length}`, step);
    this.#bySlot.set(step.slot, step);
    if (step.bearsResult) this.#last = step;
  }

  lookup(name: string): ScopedName | undefined {
    const own = name === 'last_result' ? this.#last : this.#byName.get(name);
    if (own !== undefined) return { slot: own.slot, scalar: false, ...(own.result && { result: own.result }) };
    return name === 'last_result' || isPositional(name) ? undefined : this.#parent.lookup(name);
  }

  names(): readonly string[] {
    const outer = this.#parent.names().filter((name) => name !== 'last_result' && !isPositional(name));
    return [...this.#byName.keys(), ...(this.#last ? ['last_result'] : []), ...outer];
  }

  explain(name: string): { readonly message: string; readonly hint?: string } | undefined {
    if (name === 'last_result') {
      return { message: 'No step before this one in the same list has a result, so there is no `$last_result`.' };
    }
    if (isPositional(name)) return this.#explainPosition(Number(name.slice('step_'.length)));
    if (this.#ids[this.#steps.length] === name) {
      const message = `\`$${name}\` is the result of this step itself, which does not exist before it has run.`;
      return { message, hint: 'Only its own `until` may name it.' };
    }
    if (this.#ids.includes(name)) {
      const message = `\`$${name}\` is the result of a step that comes later: a step can name only those before it.`;
      return { message, hint: 'Move that step up.' };
    }
    return this.#parent.explain(name);
  }

  #explainPosition(position: number): { readonly message: string; readonly hint?: string } {
    const id = this.#ids[position - 1];
    if (id !== undefined) {
      return {
        message: `Step ${position} of this list has the id \`${id}\`, so it is called by that.`,
        hint: `Write \`$${id}\`.`,
      };
    }
    const message = `\`$step_${position}\` means step ${position} of this list, which does not come before this place.`;
    return {
      message,
      hint: 'Positions count from 1 within one list; give the step an `id` to name it from elsewhere.',
    };
  }

  stepAt(slot: Slot): StepFacts | undefined {
    return this.#bySlot.get(slot) ?? this.#parent.stepAt(slot);
  }

  stepNamed(name: string): StepFacts | undefined {
    return this.#byName.get(name) ?? (isPositional(name) ? undefined : this.#parent.stepNamed(name));
  }

  stepNames(): readonly string[] {
    return [...this.#byName.keys(), ...this.#parent.stepNames()];
  }

  isCertain(slot: Slot): boolean {
    const own = this.#bySlot.get(slot);
    if (own !== undefined) return !own.optional;
    return this.#parentIsCertain && this.#parent.isCertain(slot);
  }
}
