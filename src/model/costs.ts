import type { Fault } from './faults.ts';
import type { EpochMs } from './time.ts';

/** What one attempt has cost, in the unit of the project. */
export interface Cost {
  readonly server: string;
  readonly tool: string;
  readonly amount: number;
  readonly at: EpochMs;
}

/** What calls of one tool have cost in one run on one day. */
export interface CostEntry {
  /** UTC: `2026-01-31`. */
  readonly day: string;
  /** Absent for calls outside a run. */
  readonly run?: string;
  readonly workflow: string;
  readonly server: string;
  readonly tool: string;
  /** Attempts that were counted. */
  readonly attempts: number;
  readonly amount: number;
}

/** The sum of two amounts as a person would write it: 0.1 and 0.2 are 0.3, however many are added. */
export function addCosts(a: number, b: number): number {
  return Number((a + b).toPrecision(15));
}

/** At most six decimals, and none that say nothing: `0.3`, `12`, `0.000125`. What no price is, is written short: `1e+308`. */
export function formatCost(amount: number): string {
  if (amount >= 1e15) return String(amount);
  return Number(amount.toFixed(6)).toLocaleString('en-US', { maximumFractionDigits: 6, useGrouping: false });
}

/** The day of an instant in UTC: `2026-01-31`. */
export function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** @param estimate what the call is thought to cost; undefined where nothing is known of it */
export function costExceeded(spent: number, limit: number, estimate: number | undefined): Fault {
  const more = estimate === undefined ? '' : `, and this call costs about ${formatCost(estimate)}`;
  return {
    kind: 'cost_exceeded',
    message: `The run has cost ${formatCost(spent)} of its limit of ${formatCost(limit)}${more}: the call was not made.`,
    outcome: 'not_executed',
    transient: false,
    hint: 'Raise "cost_limit" of the workflow, or make the run cheaper ("runner costs --by tool" shows where it goes).',
  };
}
