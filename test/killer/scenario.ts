/** A workflow, and what its author may expect of every run of it, however often its process dies. */
export interface Scenario {
  readonly name: string;
  readonly yaml: string;
  /** How a run ends unless a person decides otherwise; `step` is the one that fails. */
  readonly ends: { readonly status: 'succeeded' } | { readonly status: 'failed'; readonly step: string };
  /** Steps whose effect has happened when the run has ended so. */
  readonly effects: readonly string[];
  /** Steps whose effect has happened at any end of the run. */
  readonly always: readonly string[];
}

/**
 * What a call is for, as its params say it to the effect server, where only the auditor reads it: `read`, `keyed`
 * (the target honours the key), `once` (nothing guards it but the engine), `repeatable` (its author allows repeats).
 */
export type Promised = 'read' | 'keyed' | 'once' | 'repeatable';
