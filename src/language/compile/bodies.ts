import type { Body, Step } from '../../model/workflow.ts';
import type { Scope } from '../scopes/scope.ts';
import type { Node } from '../yaml/tree.ts';
import { child } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { saysSensitive } from './sensitive.ts';
import type { ActionContext, CompiledList, StepPlace } from './step-context.ts';
import { valueOf } from './texts.ts';

/** Where a list inside a block stands. What the block keeps out of sight is so in its steps too. */
export function inside({ map, place, site }: ActionContext, prefix: string, own: Partial<StepPlace> = {}): StepPlace {
  const { position: _, ...outer } = place;
  const hidden = saysSensitive(map) ? ({ sensitive: true } as const) : {};
  return { ...outer, ...hidden, scope: site.scope, ...own, prefix: `${place.key}${prefix}` };
}

/** Compiles a list inside a block. What its steps name or need outside of the block, the block as a whole does. */
export function listInside(node: Node | undefined, at: StepPlace, { site, compile }: ActionContext): CompiledList {
  const list = compile.list(node, at);
  noteDependencies(list.steps, site);
  return list;
}

export function noteDependencies(steps: readonly Step[], site: Site): void {
  for (const { references, needs = [] } of steps) {
    for (const key of references) site.references.add(key);
    for (const key of needs) site.needs.add(key);
  }
}

/** A body with its `output`, which stands in the part that holds the list or else on the block as a whole. */
export function bodyOf({ steps, scope }: CompiledList, { map, site }: ActionContext, part?: Node): Body {
  const ofBlock = outputOf(map, site, scope);
  const output = (part === undefined ? undefined : outputOf(part, site, scope)) ?? ofBlock;
  return { steps, ...(output && { output }) };
}

function outputOf(node: Node, site: Site, scope: Scope): Body['output'] {
  const output = child(node, 'output');
  return output && valueOf(output, { ...site, scope });
}

/** Checks a mapping inside a block, such as a case of `switch`. */
export function checkPart(node: Node, shape: 'branch' | 'case' | 'handler', { site }: ActionContext): void {
  const { checker, shapes } = site.loading;
  checker.check(node, shapes.definition(shape), `a ${shape}`);
}
