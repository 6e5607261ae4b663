import type { ScopedName } from '../expressions/scope.ts';
import { ExtendedScope } from './extended-scope.ts';
import type { Scope } from './scope.ts';

/** What `catch` and `finally` see: what is around the `try`, and nothing of its steps, which may not have run. */
export class HandlerScope extends ExtendedScope {
  readonly #tried: Scope;

  /** @param tried the scope at the end of the steps of `try` */
  constructor(parent: Scope, names: Readonly<Record<string, ScopedName>>, tried: Scope) {
    super(parent, names);
    this.#tried = tried;
  }

  override explain(name: string): { readonly message: string; readonly hint?: string } | undefined {
    if (this.#tried.lookup(name) === undefined) return super.explain(name);
    const message = `\`$${name}\` belongs to the steps of \`try\`, which \`catch\` and \`finally\` cannot see: it may not have run.`;
    return { message, hint: 'Move that step in front of the `try`.' };
  }
}
