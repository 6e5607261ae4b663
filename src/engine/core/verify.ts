import { EvaluationError } from '../../language/expressions/scope.ts';
import type { StepResult } from '../../model/actions.ts';
import type { AttemptVerified } from '../../model/events.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import { declaredKey, type VerifyPolicy } from '../../model/workflow.ts';
import type { Call } from './call.ts';
import type { RunContext } from './context.ts';
import { localScope } from './local-scope.ts';
import { isTrue } from './program.ts';
import type { Program } from './scheduler.ts';
import { renamed } from './rekey.ts';

/** What a probe says about an attempt in doubt, and the answer that it said so from. */
export interface Verdict {
  readonly verdict: AttemptVerified['verdict'];
  readonly probe: string;
  readonly output: Json;
}

/** True where a probe must decide before anything else is done about a result. */
export function needsProbe(context: RunContext, { step }: Call, result: StepResult): boolean {
  const isInDoubt = !result.ok && result.fault.outcome === 'unknown' && step.effect !== 'read';
  return isInDoubt && step.verify !== undefined && !context.cancelled;
}

/** Runs the next probe of a step. What it says must be recorded in the same decision. */
export function* probe(context: RunContext, call: Call, { probe: step, happened }: VerifyPolicy): Program<Verdict> {
  const number = (context.probes.get(call.step.key) ?? 0) + 1;
  // Each probe is journalled by itself.
  const numbered = number === 1 ? step : renamed(step, `${step.key}[${number}]`);
  const isAnswered = yield* call.runStep(context, numbered);
  context.probes.set(call.step.key, number);
  const output = context.resultOf(declaredKey(numbered)) ?? null;
  if (!isAnswered) return { verdict: 'unknown', probe: numbered.key, output };
  return { verdict: yield* judge(context, call, output, happened), probe: numbered.key, output };
}

function* judge(
  context: RunContext,
  { step }: Call,
  output: Json,
  happened: VerifyPolicy['happened'],
): Program<Verdict['verdict']> {
  if (!happened) return saysYes(output) ? 'happened' : 'not_happened';
  try {
    const hasHappened = yield* isTrue(localScope(context, { result: output }), happened, 'verify.happened');
    return hasHappened ? 'happened' : 'not_happened';
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    context.emit({ type: 'log.written', at: context.now, key: step.key, level: 'warn', text: error.message });
    return 'unknown';
  }
}

function saysYes(output: Json): boolean {
  if (Array.isArray(output)) return output.length > 0;
  return isJsonObject(output) ? Object.keys(output).length > 0 : Boolean(output);
}
