import type { SwitchStep } from '../../model/workflow.ts';
import type { MapNode } from '../yaml/tree.ts';
import { child, itemsOf, keyPlace, placeOf } from '../yaml/tree.ts';
import { bodyOf, checkPart, inside, listInside } from './bodies.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { conditionOf } from './texts.ts';

type Case = SwitchStep['cases'][number];

export function compileSwitch(context: ActionContext): SwitchStep {
  const nodes = itemsOf(child(context.map, 'switch'));
  const cases = nodes.flatMap((node, index) => {
    if (node.kind !== 'map') return [];
    checkCase(node, index === nodes.length - 1, context);
    return [caseOf(node, index, context)];
  });
  return { kind: 'switch', ...baseOf(context), cases };
}

function caseOf(node: MapNode, index: number, context: ActionContext): Case {
  const when = conditionOf(child(node, 'when'), context.site);
  const steps = child(node, 'else') ?? child(node, 'steps');
  const list = listInside(steps, inside(context, `[${index}].`), context);
  return { ...(when && { when }), body: bodyOf(list, context, node) };
}

function checkCase(node: MapNode, isLast: boolean, context: ActionContext): void {
  const { findings } = context.site.loading;
  checkPart(node, 'case', context);
  const has = (key: string): boolean => node.entries.has(key);
  if (has('else') ? has('when') || has('steps') : !has('when') || !has('steps')) {
    findings.error('SWITCH_CASE', placeOf(node), 'A case of `switch` has `when` and `steps`, or only `else`.');
  } else if (has('else') && !isLast) {
    findings.error('SWITCH_CASE', keyPlace(node, 'else'), '`else` is the last case: those after it can never run.');
  }
}
