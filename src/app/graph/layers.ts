import type { FlowList } from './flow.ts';

/** What stands in a layer: a step, or an edge that passes between the steps. */
export interface Slot {
  /** Position of the step in its list; absent for an edge. */
  readonly node?: number;
  /** Position of the edge in its list. */
  readonly edge?: number;
  /** What leads here from the layer above. */
  readonly above: readonly Slot[];
}

/** Steps by the length of the longest way that leads to them; an edge over several layers passes through each. */
export function layersOf({ nodes, edges }: FlowList): readonly (readonly Slot[])[] {
  const layers: Slot[][] = [];
  const placed: { readonly slot: Slot; readonly depth: number }[] = [];
  for (const node of nodes.keys()) {
    const incoming = edges.flatMap(([from, to], edge) => (to === node ? [{ edge, from: placed[from] }] : []));
    const depth = Math.max(0, ...incoming.map(({ from }) => (from?.depth ?? 0) + 1));
    const above = incoming.flatMap(({ edge, from }) =>
      from ? [ledThrough(layers, { edge, slot: from.slot, since: from.depth, depth })] : [],
    );
    const slot: Slot = { node, above };
    (layers[depth] ??= []).push(slot);
    placed.push({ slot, depth });
  }
  return layers;
}

interface Way {
  readonly edge: number;
  readonly slot: Slot;
  /** Layer of the step that it comes from. */
  readonly since: number;
  /** Layer of the step that it leads to. */
  readonly depth: number;
}

function ledThrough(layers: Slot[][], { edge, slot, since, depth }: Way): Slot {
  let last = slot;
  for (let layer = since + 1; layer < depth; layer += 1) {
    last = { edge, above: [last] };
    (layers[layer] ??= []).push(last);
  }
  return last;
}
