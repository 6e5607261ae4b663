import type { Value } from '../../model/values.ts';
import type { ForEachStep, RepeatStep } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import { limits } from '../limits.ts';
import type { Node } from '../yaml/tree.ts';
import { child, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import { checkName } from './block-names.ts';
import { bodyOf, inside, listInside } from './bodies.ts';
import type { Site } from './loading.ts';
import { countOf, durationOf } from './settings.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext, CompiledList, StepPlace } from './step-context.ts';
import { conditionOf, isWholeReference, valueOf } from './texts.ts';

export function compileForEach(context: ActionContext): ForEachStep | undefined {
  const { map, site, place } = context;
  const items = itemsOf(child(map, 'for_each'), site);
  const name = child(map, 'as');
  const as = textOf(name) ?? 'item';
  checkName(name ?? keyPlace(map, 'for_each'), as, 'loop variable', site);
  const maxParallel = countOf(child(map, 'max_parallel'), site) ?? 1;
  const tolerate = toleranceOf(child(map, 'tolerate'), site);
  const names = { [as]: named(`item:${place.key}`), index: { slot: `index:${place.key}`, scalar: true } };
  const scope = new ExtendedScope(site.scope, names);
  const body = bodyOf(listOf(context, { scope, noReturn: 'for_each' }), context);
  return items && { kind: 'for_each', ...baseOf(context), items, as, maxParallel, ...(tolerate && { tolerate }), body };
}

function listOf(context: ActionContext, own: Partial<StepPlace>): CompiledList {
  const at = inside(context, '[].', own);
  return listInside(child(context.map, 'steps'), at, context);
}

/**
 * The list of a loop. A filter that matches nothing is an empty list, as is an expression that finds nothing; a path
 * that leads nowhere is a fault, since nothing was asked that could have had no match.
 */
function itemsOf(node: Node | undefined, site: Site): Value | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'list') return valueOf(node, site);
  if (isWholeReference(textOf(node))) {
    const path = valueOf(node, site);
    return path?.kind === 'path' && path.steps.some((step) => 'where' in step) ? { ...path, list: true } : path;
  }
  const expression = conditionOf(node, site);
  return expression && { ...expression, text: `(${expression.text})[]` };
}

/** `5` items, or `"5%"` of all. */
function toleranceOf(node: Node | undefined, site: Site): ForEachStep['tolerate'] {
  if (node?.kind !== 'scalar') return undefined;
  if (typeof node.value === 'number') return { count: node.value };
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(String(node.value))?.[1] ?? Number.NaN);
  if (Number.isNaN(percent)) return undefined;
  if (percent > 100) {
    site.loading.findings.error('VALUE_INVALID', node, '`tolerate` is more than all items: a share is at most "100%".');
  }
  return { share: percent / 100 };
}

export function compileRepeat(context: ActionContext): RepeatStep {
  const { map, site, place } = context;
  const node = child(map, 'repeat');
  checkCondition(node, site);
  const names = { previous: named(`previous:${place.key}`), index: { slot: `index:${place.key}`, scalar: true } };
  const scope = new ExtendedScope(site.scope, names);
  const again = conditionOf(child(node, 'while'), { ...site, scope });
  const everyMs = durationOf(child(node, 'every'), site);
  const max = countOf(child(node, 'max'), site) ?? limits.rounds;
  const list = listOf(context, { scope, looksAgain: true });
  const until = conditionOf(child(node, 'until'), { ...site, scope: list.scope }, { until: true });
  const body = bodyOf(list, context);
  return {
    kind: 'repeat',
    ...baseOf(context),
    ...(again && { while: again }),
    ...(until && { until }),
    ...(everyMs !== undefined && { everyMs }),
    max,
    body,
  };
}

function checkCondition(node: Node | undefined, site: Site): void {
  if (node?.kind !== 'map' || node.entries.has('while') !== node.entries.has('until')) return;
  site.loading.findings.error('REPEAT_INVALID', placeOf(node), '`repeat` needs either `while` or `until`.');
}
