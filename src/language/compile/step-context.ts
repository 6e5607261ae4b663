import type { Step } from '../../model/workflow.ts';
import type { ListScope } from '../scopes/list-scope.ts';
import type { Scope, StepFacts } from '../scopes/scope.ts';
import type { ActionKey } from '../structure/step-kinds.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import type { Loading, Site } from './loading.ts';
import type { PolicyLayer } from './policy-layers.ts';

/** Where a list of steps stands. */
export interface ListPlace {
  /** What the keys of its steps begin with: `on_failure/`, `finally/`, `deploy.`, or nothing. */
  readonly prefix: string;
  /** True in `on_failure` and `finally`. */
  readonly inHandler: boolean;
  /** The key below which `return` is refused; absent where it is allowed. */
  readonly noReturn?: string;
  /** False where the steps outside may not have run. */
  readonly outerIsCertain?: boolean;
  /** True inside `repeat`, whose rounds look again: nothing is cached there unless the step itself says so. */
  readonly looksAgain?: true;
  /** True inside a block whose result is kept out of sight. */
  readonly sensitive?: true;
}

/** Where one step stands. */
export interface StepPlace extends ListPlace {
  readonly key: string;
  /** From 1; absent for steps outside of a list, such as alternatives. */
  readonly position?: number;
  readonly loading: Loading;
  readonly scope: Scope;
  /** True for alternatives and probes: a `fallback` for many calls is not for them. */
  readonly standsAlone?: true;
}

export interface CompiledStep {
  readonly kind?: ActionKey;
  /** Absent when the step is wrong. */
  readonly step?: Step;
  readonly facts: StepFacts;
}

export interface CompiledList {
  readonly steps: readonly Step[];
  /** With the results of all steps: what comes after the list sees this. */
  readonly scope: ListScope;
}

/** A step while its action is compiled. */
export interface ActionContext {
  readonly map: MapNode;
  readonly kind: ActionKey;
  readonly site: Site;
  readonly place: StepPlace;
  readonly facts: StepFacts;
  /** What is said about its policies, the strongest first. */
  readonly layers: readonly PolicyLayer[];
  /** What its call goes to; absent where it makes none. */
  readonly target?: string;
  readonly compile: Compilers;
}

/** The recursion, handed down so that files do not import each other in a ring. */
export interface Compilers {
  list(node: Node | undefined, at: ListPlace & { readonly loading: Loading; readonly scope: Scope }): CompiledList;
  step(node: Node, place: StepPlace): CompiledStep | undefined;
}
