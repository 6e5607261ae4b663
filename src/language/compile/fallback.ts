import { alternativeKey } from '../../model/keys.ts';
import type { Alternative } from '../../model/workflow.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { FileScope } from '../scopes/file-scope.ts';
import { child, itemsOf, keyPlace, placeOf } from '../yaml/tree.ts';
import { callScope } from './call-names.ts';
import type { Site } from './loading.ts';
import { manualAlternative } from './manual.ts';
import { policyOf, projectScope } from './policy-layers.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

/**
 * The alternatives of a step, in order: its own, else those of the first layer that has some. What they name counts as
 * named by the step. Alternatives and probes have only what stands on themselves, or a pattern could rescue its rescue.
 */
export function alternativesOf(context: ActionContext): readonly Alternative[] {
  const found = policyOf(context, 'fallback');
  if (found === undefined || (found.from !== 'step' && context.place.standsAlone)) return [];
  const { node } = found;
  const items = node.kind === 'list' ? itemsOf(node) : [node];
  if (items.length === 0) {
    const message = 'An empty list of alternatives is no fallback.';
    const at = found.from === 'step' ? keyPlace(context.map, 'fallback') : placeOf(node);
    found.site.loading.findings.error('VALUE_INVALID', at, message, 'Add one, or delete the key.');
  }
  const within = { ...context, site: found.from === 'step' ? context.site : siteOfCall(found.site) };
  return items.flatMap((item, index) => alternativeOf(item, index, within) ?? []);
}

/** A fallback for many calls sees the inputs of the run, and of the call that failed what all calls have. */
function siteOfCall(site: Site): Site {
  const { inputs, idLines } = site.loading.survey;
  const base = site.scope === projectScope ? projectScope : new FileScope(inputs, idLines);
  return { ...site, scope: callScope(base) };
}

function alternativeOf(node: Node, index: number, context: ActionContext): Alternative | undefined {
  const { site, place, compile } = context;
  const key = alternativeKey(place.key, index);
  if (node.kind === 'map' && node.entries.has('value')) return valueAlternative(node, key, context);
  if (node.kind === 'map' && node.entries.has('manual')) return manualAlternative(node, key, context);
  if (node.kind === 'map') checkKeys(node, context);
  const { position: _, ...outside } = place;
  const { loading, scope } = site;
  const at = { ...outside, loading, scope, key, noReturn: 'fallback', standsAlone: true } as const;
  const compiled = compile.step(node, at);
  for (const reference of compiled?.step?.references ?? []) site.references.add(reference);
  return compiled?.step && { kind: 'step', step: compiled.step };
}

function valueAlternative(node: MapNode, key: string, { site }: ActionContext): Alternative | undefined {
  const { checker, shapes } = site.loading;
  checker.check(node, shapes.definition('fallback_value'), 'a fallback');
  const inner = child(node, 'value');
  const value = inner && valueOf(inner, site);
  return value && { kind: 'value', key, value };
}

/** Keys that decide about the step as a whole, and so mean nothing on one of its alternatives. */
function checkKeys(node: MapNode, { site }: ActionContext): void {
  for (const key of ['if', 'continue_on_error', 'needs']) {
    if (!node.entries.has(key)) continue;
    const message = `\`${key}\` is decided for the step as a whole, not for one alternative of its \`fallback\`.`;
    site.loading.findings.error('KEY_MISPLACED', keyPlace(node, key), message, 'Delete it.');
  }
}
