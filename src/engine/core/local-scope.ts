import type { EvaluationScope } from '../../language/expressions/scope.ts';
import type { Json } from '../../model/json.ts';

/** What expressions of a call may read besides: `$result`, `$params`. */
export function localScope(outer: EvaluationScope, own: Readonly<Record<string, Json>>): EvaluationScope {
  return {
    read: (slot) => own[slot] ?? outer.read(slot),
    random: () => outer.random(),
    get now() {
      return outer.now;
    },
  };
}
