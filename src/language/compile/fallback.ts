import { alternativeKey } from '../../model/keys.ts';
import type { Alternative } from '../../model/workflow.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, itemsOf, keyPlace } from '../yaml/tree.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

/** The alternatives of a step's own `fallback`, in order. What they name counts as named by the step. */
export function alternativesOf(context: ActionContext): readonly Alternative[] {
  const node = child(context.map, 'fallback');
  if (node === undefined) return [];
  const items = node.kind === 'list' ? itemsOf(node) : [node];
  if (items.length === 0) {
    const message = 'An empty list of alternatives is no fallback.';
    context.site.loading.findings.error(
      'VALUE_INVALID',
      keyPlace(context.map, 'fallback'),
      message,
      'Add one, or delete the key.',
    );
  }
  return items.flatMap((item, index) => alternativeOf(item, index, context) ?? []);
}

function alternativeOf(node: Node, index: number, context: ActionContext): Alternative | undefined {
  const { site, place, compile } = context;
  const key = alternativeKey(place.key, index);
  if (node.kind === 'map' && node.entries.has('value')) return valueAlternative(node, key, context);
  if (node.kind === 'map') checkKeys(node, context);
  const { position: _, ...outside } = place;
  const compiled = compile.step(node, { ...outside, key, noReturn: 'fallback' });
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
