import { targetOf, type StepResult } from '../../model/actions.ts';
import { addCosts, costExceeded, formatCost } from '../../model/costs.ts';
import type { Fault } from '../../model/faults.ts';
import type { Json } from '../../model/json.ts';
import { EvaluationError } from '../../language/expressions/scope.ts';
import type { Attempt, Call } from './call.ts';
import type { RunContext } from './context.ts';
import { localScope } from './local-scope.ts';
import { evaluate } from './program.ts';
import type { Program } from './scheduler.ts';

/** The fault of a call that would go beyond the run's `cost_limit`; undefined where it may be made. */
export function costRefusal(context: RunContext, call: Call, { cutOff }: Attempt): Fault | undefined {
  const limit = context.facts.workflow.costLimit;
  if (limit === undefined || !call.step.cost) return undefined;
  const estimate = estimateOf(context, call);
  const spent = addCosts(context.spending.total, costWithoutResult(context, call, cutOff));
  const isWithin = estimate === undefined ? spent < limit : addCosts(spent, estimate) <= limit;
  return isWithin ? undefined : costExceeded(spent, limit, estimate);
}

/** What one more call is thought to cost: what the author says, else what the last one of this tool did. */
function estimateOf(context: RunContext, { step, action }: Call): number | undefined {
  return step.cost?.kind === 'fixed' ? step.cost.amount : context.spending.lastOf(action);
}

/**
 * What an attempt has cost: nothing where it surely was not executed, the estimate where it gave no result. What was
 * sent before and cut off by a crash may have been executed too, and counts as well.
 */
export function* costOf(context: RunContext, call: Call, { cutOff }: Attempt, result: StepResult): Program<number> {
  if (result.ok)
    return addCosts(yield* costOfResult(context, call, result.output), costWithoutResult(context, call, cutOff));
  return costWithoutResult(context, call, result.fault.outcome === 'not_executed' ? cutOff : cutOff + 1);
}

/** @param sendings how many of them may have been executed */
export function costWithoutResult(context: RunContext, call: Call, sendings: number): number {
  return call.step.cost ? addCosts(0, sendings * (estimateOf(context, call) ?? 0)) : 0;
}

function* costOfResult(context: RunContext, call: Call, result: Json): Program<number> {
  const { cost } = call.step;
  if (cost?.kind !== 'computed') return costWithoutResult(context, call, 1);
  try {
    const params: Json = call.action.kind === 'tool' ? call.action.params : {};
    const scope = localScope(context, { result, params });
    return amountOf(yield* evaluate(scope, cost.amount, 'cost'));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return warnOfCost(context, call, error);
  }
}

function amountOf(amount: Json): number {
  if (typeof amount === 'number' && Number.isFinite(amount) && amount >= 0) return amount;
  throw new EvaluationError('expression', `cost: a number from 0 is needed, and this is ${JSON.stringify(amount)}`);
}

/** The call has succeeded: what it cost must not undo that. */
function warnOfCost(context: RunContext, call: Call, { message }: Error): number {
  const amount = costWithoutResult(context, call, 1);
  const text = `${message}. The call counts as ${formatCost(amount)}.`;
  context.emit({ type: 'log.written', at: context.now, key: call.step.key, level: 'warn', text });
  return amount;
}

/** Adds to the run's total and to those of all runs. */
export function keepCost(context: RunContext, { action, key }: Call, amount: number): void {
  if (amount === 0) return;
  context.spending.add(action, key, amount);
  context.costs.push({ ...targetOf(action), amount, at: context.now });
}
