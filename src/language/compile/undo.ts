import type { CallStep, Step, WorkflowStep } from '../../model/workflow.ts';
import { isCallStep } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import { idlePolicies } from '../structure/step-kinds.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, keyPlace, placeOf } from '../yaml/tree.ts';
import { noteDependencies } from './bodies.ts';
import type { ActionContext } from './step-context.ts';

/** The compensation of a step, which sees the step's own result beside what the step itself sees. */
export function undoOf(context: ActionContext): Pick<Step, 'undo'> {
  const { map, site, place, kind, compile } = context;
  const node = child(map, 'undo');
  if (node === undefined || idlePolicies(kind).includes('undo')) return {};
  if (node.kind === 'map') checkKeys(node, context);
  if (place.inHandler) warnInHandler(context);
  const { position: _, ...outer } = place;
  const at = { ...outer, scope: scopeOf(context), key: `${place.key}/undo`, inHandler: true, noReturn: 'undo' };
  const compiled = compile.step(node, at);
  if (compiled?.step === undefined) return {};
  noteDependencies([compiled.step], site);
  if (isCompensation(compiled.step)) return { undo: compiled.step };
  // Refused as such already.
  if (compiled.step.kind === 'return') return {};
  const message = `\`undo\` is one call or one child workflow, and not a \`${compiled.step.kind}\` step.`;
  const hint =
    'Write `tool`, `http` or `run`; for several steps, write them as a workflow and name it: `workflow: name`.';
  site.loading.findings.error('UNDO_INVALID', placeOf(node), message, hint);
  return {};
}

function isCompensation(step: Step): step is CallStep | WorkflowStep {
  return isCallStep(step) || step.kind === 'workflow';
}

function scopeOf({ site, place, facts }: ActionContext): Scope {
  const name = facts.id ?? (place.position === undefined ? undefined : `step_${place.position}`);
  return name === undefined ? site.scope : new ExtendedScope(site.scope, { [name]: named(facts.slot) }, facts);
}

/** Compensations are run before `finally` and by `on_failure` itself: what these do is not undone. */
function warnInHandler({ map, place, site }: ActionContext): void {
  // A compensation of a compensation is refused, not without effect.
  if (place.noReturn === 'undo') return;
  const message = '`undo` has no effect in `on_failure` and `finally`: what they do is never undone.';
  site.loading.findings.warning('POLICY_WITHOUT_EFFECT', keyPlace(map, 'undo'), message, 'Delete it.');
}

/** Whatever has succeeded is compensated: nothing in between decides about that again. */
function checkKeys(node: MapNode, { site }: ActionContext): void {
  for (const key of ['if', 'needs', 'continue_on_error', 'undo']) {
    if (!node.entries.has(key)) continue;
    const message = `\`${key}\` means nothing in an \`undo\`, which runs whenever its step has succeeded and the run has not.`;
    site.loading.findings.error('KEY_MISPLACED', keyPlace(node, key), message, 'Delete it.');
  }
}
