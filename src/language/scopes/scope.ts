import type { Slot } from '../../model/values.ts';
import type { KnownResult, NameScope } from '../expressions/scope.ts';

/** What the loader knows of a step that others may name. */
export interface StepFacts {
  readonly key: string;
  readonly id?: string;
  readonly slot: Slot;
  /** True when the run can go on without its result: it has an `if`, or its failure is tolerated. */
  readonly optional: boolean;
  /** Its condition as written: a step with the same one runs exactly when it does. */
  readonly condition?: string;
  readonly bearsResult: boolean;
  /** The fields of its result, where they are known for certain. */
  readonly fields?: readonly string[];
  /** What its tool says of its result; absent where the result may be something else. */
  readonly result?: KnownResult;
}

/** A scope that also knows the steps behind its names. */
export interface Scope extends NameScope {
  /** The step whose result a slot holds. */
  stepAt(slot: Slot): StepFacts | undefined;
  /** The step that `$steps.<name>` means. */
  stepNamed(name: string): StepFacts | undefined;
  /** Ids and positional names that `$steps.` may take. */
  stepNames(): readonly string[];
  /** False when the place can be reached without the step having run. */
  isCertain(slot: Slot): boolean;
}
