import type { Slot } from '../../model/values.ts';
import { builtinNames } from '../expressions/builtin-names.ts';
import type { ScopedName } from '../expressions/scope.ts';
import type { Scope, StepFacts } from './scope.ts';

const everywhere = ['inputs', 'run', 'env', 'secrets', 'steps'] as const;

/** What a trigger sees: it is asked before there is a run. */
export const beforeRun = ['env', 'secrets'] as const;

const elsewhere: Readonly<Record<string, string>> = {
  last_error: 'exists only in `catch` and `on_failure`',
  body: 'exists only in webhook triggers',
  headers: 'exists only in webhook triggers',
  event: 'exists only in triggers and in `match`',
  params: 'exists only in `cost`, and in a `fallback` under `policies` or `defaults`',
  result: 'exists only in `cost` and in `happened` of a `verify`',
  item: 'exists only inside `for_each`',
  index: 'exists only inside `for_each` and `repeat`',
  previous: 'exists only inside `repeat`',
};

/** The names that the whole file shares: its inputs and what the runner provides. */
export class FileScope implements Scope {
  readonly #inputs: ReadonlyMap<string, { readonly scalar: boolean }>;
  readonly #provided: readonly string[];
  readonly #idLines: ReadonlyMap<string, number>;

  /** @param idLines the line of every step id of the file, so that a name out of scope can be explained */
  constructor(
    inputs: ReadonlyMap<string, { readonly scalar: boolean }>,
    idLines: ReadonlyMap<string, number>,
    provided: readonly string[] = everywhere,
  ) {
    this.#provided = provided;
    this.#inputs = inputs;
    this.#idLines = idLines;
  }

  lookup(name: string): ScopedName | undefined {
    const input = builtinNames.has(name) ? undefined : this.#inputs.get(name);
    if (input !== undefined) return { slot: `input:${name}`, scalar: input.scalar };
    return this.#provided.includes(name) ? { slot: name, scalar: false } : undefined;
  }

  names(): readonly string[] {
    return [...this.#inputs.keys(), ...this.#provided];
  }

  explain(name: string): { readonly message: string; readonly hint?: string } | undefined {
    if (this.#inputs.has(name)) {
      const message = `\`$${name}\` is a function of expressions, so the input of that name has another way in.`;
      return { message, hint: `Write \`$inputs.${name}\`.` };
    }
    const line = this.#idLines.get(name);
    if (line !== undefined) {
      const message = `\`$${name}\` is the result of the step on line ${line}, which cannot be seen from here.`;
      const hint =
        "Steps see the steps before them, and none inside another block: let the block's `output` bring it out.";
      return { message, hint };
    }
    const place = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
    return place === undefined ? undefined : { message: `\`$${name}\` ${place}.` };
  }

  stepAt(): StepFacts | undefined {
    return undefined;
  }

  stepNamed(): StepFacts | undefined {
    return undefined;
  }

  stepNames(): readonly string[] {
    return [];
  }

  isCertain(_slot: Slot): boolean {
    return true;
  }
}
