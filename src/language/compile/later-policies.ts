import { didYouMean } from '../did-you-mean.ts';
import type { Findings } from '../findings.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import { idlePolicies, isCallKey } from '../structure/step-kinds.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, itemsOf, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import type { ActionContext } from './step-context.ts';
import { verifyOf } from './verify.ts';

/** Checks `needs`, `undo` and the limits of a step. */
export function checkLaterPolicies(context: ActionContext): void {
  const { map, site, kind } = context;
  const idle = idlePolicies(kind);
  checkLimits(map, site.loading.findings);
  checkNeeds(context);
  if (!idle.includes('undo')) checkUndo(context);
  // Elsewhere it is compiled with the call.
  if (!isCallKey(kind) && !idle.includes('verify')) verifyOf(context);
}

/** Reports what a step, `defaults` or one entry of `policies` asks of a limit that is not executed yet. */
export function checkLimits(map: MapNode, findings: Findings): void {
  const then = child(child(map, 'budget'), 'then');
  if (then !== undefined && textOf(then) === 'approve') findings.unsupported(placeOf(then), '`then: approve`');
}

function checkNeeds({ map, site }: ActionContext): void {
  const node = child(map, 'needs');
  if (node === undefined) return;
  for (const item of node.kind === 'list' ? itemsOf(node) : [node]) {
    const name = textOf(item);
    if (name === undefined || site.scope.stepNamed(name) !== undefined) continue;
    const near = didYouMean(name, site.scope.stepNames());
    const message = `No step before this one is called \`${name}\`.`;
    site.loading.findings.error('STEP_UNKNOWN', placeOf(item), message, near && `Did you mean \`${near}\`?`);
  }
  site.loading.findings.unsupported(keyPlace(map, 'needs'), '`needs`');
}

/** A compensation sees the result of the effect that it compensates. */
function checkUndo({ map, site, place, facts, compile }: ActionContext): void {
  const node = child(map, 'undo');
  if (node === undefined) return;
  const name = facts.id ?? (place.position === undefined ? undefined : `step_${place.position}`);
  const scope = name === undefined ? site.scope : new ExtendedScope(site.scope, { [name]: named(facts.slot) }, facts);
  const { position: _, ...outside } = place;
  compile.step(node, { ...outside, scope, key: `${place.key}/undo`, inHandler: true, noReturn: 'undo' });
  site.loading.findings.unsupported(keyPlace(map, 'undo'), '`undo`');
}
