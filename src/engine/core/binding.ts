import { hash } from 'node:crypto';
import { EvaluationError } from '../../language/expressions/scope.ts';
import { targetOf } from '../../model/actions.ts';
import type { ApprovalBinding, BoundEffect } from '../../model/approvals.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import { declaredKey, isCallStep, type ApprovalStep, type Step } from '../../model/workflow.ts';
import type { RunContext } from './context.ts';
import { paramsOf } from './executions.ts';
import { evaluate } from './program.ts';
import type { Program } from './scheduler.ts';
import { renamed } from './rekey.ts';
import { resolveAction } from './resolve.ts';
import { stepsWithin, topSteps } from '../../model/block-bodies.ts';

/**
 * What an approval is given for: the calls that come next, as they will be made as far as that is known, else as they
 * are defined.
 */
export function* bindingOf(context: RunContext, approval: ApprovalStep): Program<ApprovalBinding> {
  const { workflow } = context.facts;
  const { binds: keys = [] } = approval;
  const steps = topSteps(workflow).flatMap(stepsWithin);
  const effects: BoundEffect[] = [];
  const identity: Json[] = [];
  for (const step of steps) {
    if (!keys.includes(declaredKey(step))) continue;
    const effect = yield* effectOf(context, inSameRound(step, approval));
    effects.push(effect);
    const definition: Json = JSON.parse(JSON.stringify(step));
    identity.push([effect.step, effect.target, effect.params ?? definition]);
  }
  return { hash: hash('sha256', canonicalJson(identity)), effects };
}

/** The step as it runs in the round of a loop that the approval is in. */
function inSameRound(step: Step, approval: ApprovalStep): Step {
  const declared = bodyOf(declaredKey(approval));
  return step.key.startsWith(declared) ? renamed(step, bodyOf(approval.key) + step.key.slice(declared.length)) : step;
}

function bodyOf(key: string): string {
  return key.slice(0, key.lastIndexOf('.') + 1);
}

/** Params that are not known yet are left out: they depend on what happens after the approval. */
function* effectOf(context: RunContext, step: Step): Program<BoundEffect> {
  if (isDrawnAnew(step)) return { step: step.key, target: targetByDefinition(step) };
  try {
    if (isCallStep(step)) {
      const action = yield* resolveAction(context, step);
      const { server, tool } = targetOf(action);
      return { step: step.key, target: `${server}/${tool}`, params: paramsOf(action) };
    }
    if (step.kind === 'workflow') {
      const params = yield* evaluate(context, step.inputs, 'inputs');
      return { step: step.key, target: `workflow/${step.workflow}`, params };
    }
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
  }
  return { step: step.key, target: targetByDefinition(step) };
}

/** The time and random numbers are others when the call is made: such a call is bound by its definition. */
function isDrawnAnew(step: Step): boolean {
  return /\$(?:now|millis|random|uuid)\(/.test(JSON.stringify(step));
}

function targetByDefinition(step: Step): string {
  switch (step.kind) {
    case 'tool':
      return `${step.server}/${step.tool}`;
    case 'http':
      return `http/${step.method}`;
    case 'run':
      return `run/${step.shell}`;
    case 'workflow':
      return `workflow/${step.workflow}`;
    case 'set':
    case 'log':
    case 'wait':
    case 'approval':
    case 'state':
    case 'parallel':
    case 'race':
    case 'for_each':
    case 'repeat':
    case 'switch':
    case 'try':
    case 'return':
    case 'fail':
    case 'undo':
      return step.kind;
  }
}
