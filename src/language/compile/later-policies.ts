import { didYouMean } from '../did-you-mean.ts';
import type { Findings } from '../findings.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import { idlePolicies, isCallKey } from '../structure/step-kinds.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, itemsOf, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import type { ActionContext } from './step-context.ts';
import { verifyOf } from './verify.ts';

/**
 * Policies that are compiled, but that the engine of this version does not execute: where one of them is written, the
 * file is refused before anything runs.
 */
const notExecuted = new Set([
  // One line each: whoever executes a policy deletes its line.
  'rate_limit',
  'concurrency',
]);

/** Checks `needs`, `undo` and the limits of a step. */
export function checkLaterPolicies(context: ActionContext): void {
  const { map, site, kind } = context;
  const idle = idlePolicies(kind);
  checkLimits(map, site.loading.findings, idle);
  checkNeeds(context);
  if (!idle.includes('undo')) checkUndo(context);
  // Elsewhere it is compiled with the call.
  if (!isCallKey(kind) && !idle.includes('verify')) verifyOf(context);
}

/** Reports the limits of a step, of `defaults`, of one entry of `policies` or of a file that are not executed yet. */
export function checkLimits(map: MapNode, findings: Findings, idle: readonly string[] = []): void {
  for (const { name, key } of map.entries.values()) {
    if (notExecuted.has(name) && !idle.includes(name)) findings.unsupported(key, `\`${name}\``);
  }
  const rate = child(child(map, 'circuit_breaker'), 'rate');
  if (rate !== undefined) findings.unsupported(placeOf(rate), '`rate` of a circuit breaker');
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
