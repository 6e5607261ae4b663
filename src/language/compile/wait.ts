import type { EventWait, WaitStep } from '../../model/workflow.ts';
import { ExtendedScope, named } from '../scopes/extended-scope.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, keyPlace, placeOf, textOf } from '../yaml/tree.ts';
import { durationOf } from './settings.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { conditionOf, valueOf } from './texts.ts';

export function compileWait(context: ActionContext): WaitStep | undefined {
  const wait = waitOf(child(context.map, 'wait'), context);
  return wait && { kind: 'wait', ...baseOf(context), wait };
}

function waitOf(node: Node | undefined, context: ActionContext): WaitStep['wait'] | undefined {
  if (node?.kind !== 'map') {
    const forMs = durationOf(node, context.site, { zero: true });
    return forMs === undefined ? undefined : { forMs };
  }
  checkKeys(node, context);
  const event = textOf(child(node, 'event'));
  if (event !== undefined) return eventWaitOf(node, event, context);
  const time = child(node, 'until');
  const until = time && valueOf(time, context.site);
  return until && { until };
}

function checkKeys(node: MapNode, { site }: ActionContext): void {
  const { findings } = site.loading;
  const [hasUntil, hasEvent] = [node.entries.has('until'), node.entries.has('event')];
  if (hasUntil === hasEvent) {
    const message = hasUntil
      ? 'A wait is for a time or for an event, not for both.'
      : '`wait` needs `until` or `event`.';
    return findings.error('WAIT_INVALID', placeOf(node), message, 'For a plain pause write `wait: 30s`.');
  }
  for (const key of ['match', 'timeout']) {
    if (hasEvent || !node.entries.has(key)) continue;
    const message = `\`${key}\` belongs to a wait for an \`event\`: the time of \`until\` comes by itself.`;
    findings.error('WAIT_INVALID', keyPlace(node, key), message, 'Delete it.');
  }
}

function eventWaitOf(node: MapNode, event: string, { site, place }: ActionContext): EventWait {
  const scope = new ExtendedScope(site.scope, { event: named(`event:${place.key}`) });
  const match = conditionOf(child(node, 'match'), { ...site, scope });
  const timeoutMs = durationOf(child(node, 'timeout'), site);
  return { event, ...(match && { match }), ...(timeoutMs !== undefined && { timeoutMs }) };
}
