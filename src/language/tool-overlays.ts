import { parseDuration } from '../model/time.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import type { Entry, Node } from './yaml/tree.ts';
import { child, entriesOf, textOf } from './yaml/tree.ts';

/** What `tools` of `runner.yaml` says, in the order of the file; its shape has been checked. */
export function toolOverlaysOf(node: Node): readonly ToolOverlay[] {
  return entriesOf(node).map(overlayOf);
}

function overlayOf({ name: pattern, value }: Entry): ToolOverlay {
  const effect = textOf(child(value, 'effect'));
  const attemptTimeoutMs = parseDuration(textOf(child(value, 'timeout')) ?? '');
  const cost = child(value, 'cost');
  const amount = cost?.kind === 'scalar' ? cost.value : undefined;
  return {
    pattern,
    ...((effect === 'read' || effect === 'idempotent' || effect === 'write') && { effect }),
    ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
    ...((typeof amount === 'number' || typeof amount === 'string') && { cost: amount }),
  };
}
