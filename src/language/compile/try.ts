import type { Handler, TryStep } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { Scope } from '../scopes/scope.ts';
import type { Node } from '../yaml/tree.ts';
import { child, itemsOf } from '../yaml/tree.ts';
import { bodyOf, checkPart, inside, listInside } from './bodies.ts';
import { faultEntriesOf } from './fault-entries.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

/** Handlers and `finally` see what the steps of `try` have left, as far as they came. */
export function compileTry(context: ActionContext): TryStep {
  const { map } = context;
  const tried = listInside(child(map, 'try'), inside(context, '.try.'), context);
  const handlers = itemsOf(child(map, 'catch')).map((node, index) => handlerOf(node, index, { ...context, tried }));
  const last = inside(context, '.finally.', { scope: tried.scope, outerIsCertain: false, noReturn: 'finally' });
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
  const scope = new ExtendedScope(tried.scope, { last_error: named(`error:${place.key}`) });
  const at = inside(context, `.catch[${index}].`, { scope, outerIsCertain: false });
  const list = listInside(child(node, 'steps'), at, context);
  const output = child(node, 'output');
  const value = output && valueOf(output, { ...site, scope: list.scope });
  return { ...(errors && { errors }), body: { steps: list.steps, ...(value && { output: value }) } };
}
