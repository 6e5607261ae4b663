import type { FlowList, FlowNode } from './flow.ts';
import { shortened } from './flow-words.ts';
import { layersOf } from './layers.ts';
import type { Slot } from './layers.ts';

/** Where a step stands in a drawing, in pixels from the corner of what it stands in. */
export interface NodeBox {
  readonly node: FlowNode;
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  /** Of the step itself, with what is inside it. */
  readonly width: number;
  readonly height: number;
  readonly lanes: readonly ListBox[];
  readonly partners: readonly { readonly role: string; readonly box: NodeBox }[];
  /** With its partners. */
  readonly outerWidth: number;
  readonly outerHeight: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ListBox {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly NodeBox[];
  /** Edges, each as the points that it goes through. */
  readonly ways: readonly (readonly Point[])[];
}

export const lineHeight = 17;
export const padding = 12;
const gapX = 28;
const gapY = 30;
const partnerGap = 76;
const characterWidth = 7.2;
const mostCharacters = 40;
const leastWidth = 110;
/** Room for an edge between steps. */
const passage = 14;
/** Lanes that would be wider go below one another. */
const widestRow = 1_100;

/** Lays out a list: what comes after a step stands below it, what can go on beside it stands beside it. */
export function layOut(list: FlowList, title: string): ListBox {
  const boxes = list.nodes.map(boxOf);
  const layers = layersOf(list);
  const widths = layers.map((layer) => sum(layer.map((slot) => slotWidth(slot, boxes))) + gapX * (layer.length - 1));
  const inner = Math.max(titleWidth(title), ...widths);
  const nodes: NodeBox[] = [];
  const centres = new Map<Slot, Place>();
  let y = title === '' ? padding / 2 : padding + lineHeight;
  for (const [depth, layer] of layers.entries()) {
    let x = padding + (inner - (widths[depth] ?? 0)) / 2;
    const bottom = y + Math.max(0, ...layer.map(({ node }) => boxes[node ?? -1]?.outerHeight ?? 0));
    for (const slot of inOrder(layer, centres)) {
      const box = boxes[slot.node ?? -1];
      if (box && slot.node !== undefined) nodes[slot.node] = { ...box, x, y };
      centres.set(slot, { x: x + (box?.width ?? passage) / 2, y, bottom });
      x += slotWidth(slot, boxes) + gapX;
    }
    y = bottom + gapY;
  }
  const ways = layers.flat().flatMap((slot) => waysTo(slot, centres, boxes));
  return { title, x: 0, y: 0, width: inner + 2 * padding, height: y - gapY + padding, nodes, ways };
}

/** The middle of the upper side of a slot, and where its layer ends. */
interface Place extends Point {
  readonly bottom: number;
}

function slotWidth({ node }: Slot, boxes: readonly NodeBox[]): number {
  return node === undefined ? passage : (boxes[node]?.outerWidth ?? 0);
}

/** Below what leads there, so that few edges cross. */
function inOrder(layer: readonly Slot[], centres: ReadonlyMap<Slot, Place>): readonly Slot[] {
  const weight = ({ above }: Slot): number => sum(above.map((slot) => centres.get(slot)?.x ?? 0)) / above.length;
  return layer.every(({ above }) => above.length > 0)
    ? layer.toSorted((one, other) => weight(one) - weight(other))
    : layer;
}

/** The edges that end at a step, each as the points that it goes through. */
function waysTo(
  slot: Slot,
  centres: ReadonlyMap<Slot, Place>,
  boxes: readonly NodeBox[],
): readonly (readonly Point[])[] {
  const end = centres.get(slot);
  if (slot.node === undefined || !end) return [];
  return slot.above.map((first) => {
    const points: Point[] = [end];
    let at: Slot | undefined = first;
    for (; at && at.node === undefined; [at] = at.above) {
      const { x, y, bottom } = centres.get(at) ?? end;
      points.unshift({ x, y }, { x, y: bottom });
    }
    const start = at && centres.get(at);
    const height = boxes[at?.node ?? -1]?.height ?? 0;
    return start ? [{ x: start.x, y: start.y + height }, ...points] : points;
  });
}

function boxOf(node: FlowNode): NodeBox {
  const lines = linesOf(node);
  const head = lines.length * lineHeight + 2 * padding - 6;
  const lanes = placed(
    node.bodies.map((body) => layOut(body, node.bodies.length === 1 ? '' : body.title)),
    head,
  );
  const right = Math.max(0, ...lanes.map((lane) => lane.x + lane.width + padding));
  const bottom = Math.max(0, ...lanes.map((lane) => lane.y + lane.height + padding));
  const width = Math.max(leastWidth, right, ...lines.map((line) => textWidth(line) + 2 * padding));
  const height = Math.max(head, bottom);
  const partners = partnersOf(node, width);
  return {
    node,
    lines,
    x: 0,
    y: 0,
    width,
    height,
    lanes,
    partners,
    outerWidth: Math.max(width, ...partners.map(({ box }) => box.x + box.outerWidth)),
    outerHeight: Math.max(height, ...partners.map(({ box }) => box.y + box.outerHeight)),
  };
}

/** Beside the step, one below the other. */
function partnersOf(node: FlowNode, width: number): NodeBox['partners'] {
  let y = 0;
  return node.partners.map(({ role, node: partner }) => {
    const box = { ...boxOf(partner), x: width + partnerGap, y };
    y += box.outerHeight + padding;
    return { role, box };
  });
}

/** Lanes beside one another, as many as fit. */
function placed(lanes: readonly ListBox[], top: number): readonly ListBox[] {
  let [x, y, rowHeight] = [padding, top, 0];
  return lanes.map((lane) => {
    if (x > padding && x + lane.width > widestRow) [x, y, rowHeight] = [padding, y + rowHeight + padding, 0];
    const at = { ...lane, x, y };
    x += lane.width + padding;
    rowHeight = Math.max(rowHeight, lane.height);
    return at;
  });
}

function linesOf({ name, detail, condition }: FlowNode): readonly string[] {
  const lines = [name, detail, ...(condition === undefined ? [] : [`if ${condition}`])];
  return lines.filter((line) => line !== '').map((line) => shortened(line, mostCharacters));
}

function titleWidth(title: string): number {
  return 1.12 * textWidth(shortened(title, mostCharacters));
}

export function laneTitle(title: string): string {
  return shortened(title, mostCharacters);
}

/** Generous, since nobody knows the font. Letters of East Asia take twice the room. */
function textWidth(text: string): number {
  return sum(Array.from(text, (character) => (character > '\u2e7f' ? 2 * characterWidth : characterWidth)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
