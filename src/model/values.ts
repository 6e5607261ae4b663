import type { Json } from './json.ts';

/**
 * A value of a workflow file, after the literal-or-expression rule has been applied when the file was loaded.
 * Plain data: it travels with the run's definition.
 */
export type Value = LiteralValue | PathValue | ExpressionValue | TemplateValue | ListValue | ObjectValue;

/** Nothing below is evaluated. A whole literal subtree is one node. */
export interface LiteralValue {
  readonly kind: 'literal';
  readonly value: Json;
}

/** `$name.path`: a walk over data that JSONata never sees, with the result JSONata would give. */
export interface PathValue {
  readonly kind: 'path';
  readonly slot: Slot;
  readonly steps: readonly PathStep[];
  /** True when the reference ends in `[]`: the result is always a list. */
  readonly list: boolean;
  /** As the author wrote it, for messages. */
  readonly text: string;
}

/**
 * - `{ field }`: `.ident`; over a list it maps and flattens as JSONata does.
 * - `{ index }`: `[n]`, from the end when negative.
 * - `{ where }`: `[field=value]`.
 */
export type PathStep =
  | { readonly field: string }
  | { readonly index: number }
  | { readonly where: { readonly field: string; readonly equals: null | boolean | number | string } };

/** JSONata. */
export interface ExpressionValue {
  readonly kind: 'expression';
  readonly text: string;
  /** Every free variable of the text (without `$`) and where its value comes from. */
  readonly variables: Readonly<Record<string, Slot>>;
  /** `until` treats an undefined operand as "not yet"; everywhere else it fails the step. */
  readonly undefinedMeansNotYet?: true;
}

/** Text with parts that are evaluated; the result is a string, and every part must be a scalar. */
export interface TemplateValue {
  readonly kind: 'template';
  readonly parts: readonly (string | PathValue | ExpressionValue)[];
  /** Template parts of a URL are percent-encoded. */
  readonly encoding?: 'uri';
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly Value[];
}

export interface ObjectValue {
  readonly kind: 'object';
  readonly entries: readonly (readonly [key: string, value: Value])[];
}

/**
 * Where a name's value comes from, decided when the file is loaded:
 * `input:<name>`, `inputs`, `step:<step key>`, `steps`, `run`, `env`, `secrets`, `last_error`;
 * `item:`, `index:`, `previous:` with the declared key of a loop, `error:` with that of a `try`, `event:` with that of a
 * `wait`;
 * `call:params` and `call:error` of the call whose alternative is being tried.
 */
export type Slot = string;
