import { didYouMean } from '../did-you-mean.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import { idlePolicies, isCallKey } from '../structure/step-kinds.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { countOf, durationOf } from './settings.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

/** Policies that this version checks but cannot execute, on steps and in `defaults`. */
const laterPolicies = ['cost', 'budget', 'rate_limit', 'concurrency'] as const;

/** Checks `needs`, `undo`, `verify` and the limits of a step. */
export function checkLaterPolicies(context: ActionContext): void {
  const { map, site, kind } = context;
  const idle = idlePolicies(kind);
  checkLimits(map, site, idle);
  checkNeeds(context);
  if (!idle.includes('undo')) checkUndo(context);
  if (!idle.includes('verify')) checkVerify(context);
}

/** Checks the limits of a step, of `defaults` or of one entry of `policies`. */
export function checkLimits(map: MapNode, site: Site, idle: readonly string[] = []): void {
  for (const key of laterPolicies) {
    const node = child(map, key);
    if (node === undefined || idle.includes(key)) continue;
    checkParts(node, site);
    site.loading.findings.unsupported(keyPlace(map, key), `\`${key}\``);
  }
}

function checkParts(node: Node, site: Site): void {
  if (node.kind === 'scalar') {
    countOf(node, site);
    return;
  }
  for (const { name, value } of entriesOf(node)) {
    if (name === 'per') durationOf(value, site);
    else if (name === 'max') countOf(value, site);
    else if (name === 'key') valueOf(value, site);
  }
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

function checkVerify({ map, site, place, compile }: ActionContext): void {
  const node = child(map, 'verify');
  if (node === undefined) return;
  const { position: _, ...outside } = place;
  const probe = compile.step(node, { ...outside, key: `${place.key}/verify`, inHandler: true, noReturn: 'verify' });
  const step = probe?.step;
  const isRead = step === undefined || ('effect' in step && step.effect === 'read');
  if (!isRead || (probe?.kind !== undefined && !isCallKey(probe.kind))) {
    const message = '`verify` looks whether an effect has happened, so it must be a read.';
    site.loading.findings.error(
      'VERIFY_NOT_READ',
      placeOf(node),
      message,
      'If the call only reads, say so with `effect: read`.',
    );
  }
  site.loading.findings.unsupported(keyPlace(map, 'verify'), '`verify`');
}
