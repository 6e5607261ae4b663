import type { Handler, TryStep } from '../../model/workflow.ts';
import { named } from '../scopes/extended-scope.ts';
import { HandlerScope } from '../scopes/handler-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import type { Node } from '../yaml/tree.ts';
import { child, itemsOf } from '../yaml/tree.ts';
import { bodyOf, checkPart, inside, listInside } from './bodies.ts';
import { faultEntriesOf } from './fault-entries.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

/** The steps, their handlers and `finally` are bodies of their own: none sees into another. */
export function compileTry(context: ActionContext): TryStep {
  const { map } = context;
  const tried = listInside(child(map, 'try'), inside(context, '.try.'), context);
  const handlers = itemsOf(child(map, 'catch')).map((node, index) => handlerOf(node, index, { ...context, tried }));
  const last = inside(context, '.finally.', {
    scope: new HandlerScope(context.site.scope, {}, tried.scope),
    noReturn: 'finally',
  });
  const lastly = listInside(child(map, 'finally'), last, context);
  const body = bodyOf(tried, context);
  return { kind: 'try', ...baseOf(context), body, catch: handlers, finally: lastly.steps };
}

function handlerOf(
  node: Node,
  index: number,
  context: ActionContext & { readonly tried: { readonly scope: Scope } },
): Handler {
  const { site, place, tried } = context;
  checkPart(node, 'handler', context);
  const errors = faultEntriesOf(child(node, 'errors'), site);
  const scope = new HandlerScope(site.scope, { last_error: named(`error:${place.key}`) }, tried.scope);
  const at = inside(context, `.catch[${index}].`, { scope });
  const list = listInside(child(node, 'steps'), at, context);
  const output = child(node, 'output');
  const value = output && valueOf(output, { ...site, scope: list.scope });
  return { ...(errors && { errors }), body: { steps: list.steps, ...(value && { output: value }) } };
}
