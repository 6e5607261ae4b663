import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope } from '../scopes/scope.ts';

/** Where a fallback that stands for many calls finds what it knows of the one that failed. */
export const callSlots = { params: 'call:params', last_error: 'call:error' } as const;

/** The names of a fallback under `policies`, `defaults` or in `runner.yaml`: the failed call's `$params` and `$last_error`. */
export function callScope(scope: Scope): Scope {
  return new ExtendedScope(scope, { params: named(callSlots.params), last_error: named(callSlots.last_error) });
}
