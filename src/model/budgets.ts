import type { Fault } from './faults.ts';
import { formatDuration, type EpochMs } from './time.ts';

/** A budget as one attempt has it: at most `max` attempts with this key in any `perMs`. */
export interface Budget {
  readonly key: string;
  readonly max: number;
  readonly perMs: number;
}

/** One attempt that wants to be made under a budget. */
export interface BudgetSpend extends Budget {
  /** Key of the attempt. */
  readonly attempt: string;
  readonly at: EpochMs;
  /** How long the attempt may take: until it has ended, it counts as if it took effect at the last moment. */
  readonly holdMs: number;
}

/** What became of an attempt that was counted. One that surely was not executed is not counted any more. */
export interface BudgetSettlement {
  readonly attempt: string;
  readonly at: EpochMs;
  readonly executed: boolean;
}

/** How a budget stands. */
export interface BudgetState extends Budget {
  readonly used: number;
  /** When the next attempt may be made; absent while one may be made now, and where `max` is 0. */
  readonly nextAt?: EpochMs;
  /** When the last attempt was counted. */
  readonly lastAt?: EpochMs;
}

/**
 * How a budget stands with these uses.
 * @param times of the uses that still count, in ascending order
 */
export function budgetStateOf({ key, max, perMs }: Budget, times: readonly EpochMs[]): BudgetState {
  const first = times[times.length - max];
  const lastAt = times.at(-1);
  return {
    key,
    max,
    perMs,
    used: times.length,
    ...(first !== undefined && { nextAt: first + perMs }),
    ...(lastAt !== undefined && { lastAt }),
  };
}

/** @param now what the wait is told from */
export function budgetExceeded({ key, used, max, perMs, nextAt }: BudgetState, now: EpochMs): Fault {
  const window = formatDuration(perMs);
  const next =
    nextAt === undefined
      ? ''
      : ` The next is free in ${formatDuration(Math.max(0, nextAt - now))}, at ${new Date(nextAt).toISOString()}.`;
  return {
    kind: 'budget_exceeded',
    message: `The budget "${key}" allows ${max} in ${window}, and ${used} are used: the call was not made.${next}`,
    outcome: 'not_executed',
    transient: false,
    hint: 'Find out why it is needed so often ("runner budgets" shows all). Then wait, or raise "max" of the budget.',
  };
}
