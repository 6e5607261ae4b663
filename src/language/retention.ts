import type { RetentionPolicy } from '../model/retention.ts';
import { runStatuses } from '../model/states.ts';
import { parseDuration } from '../model/time.ts';
import type { Node } from './yaml/tree.ts';
import { child, itemsOf, textOf } from './yaml/tree.ts';

/** What `retention` in `runner.yaml` says; what it leaves out is absent. */
export function retentionOf(node: Node): RetentionPolicy {
  const keepForMs = parseDuration(textOf(child(node, 'keep_for')) ?? '');
  const keepLast = child(node, 'keep_last');
  const named = new Set(itemsOf(child(node, 'statuses')).map(textOf));
  const statuses = runStatuses.filter((status) => named.has(status));
  return {
    ...(keepForMs !== undefined && { keepForMs }),
    ...(keepLast?.kind === 'scalar' && typeof keepLast.value === 'number' && { keepLast: keepLast.value }),
    ...(statuses.length > 0 && { statuses }),
  };
}
