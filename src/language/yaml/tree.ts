import { isJsonObject, isScalar } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Place } from '../findings.ts';

/** A value of a YAML file with its place. The rest of the loader sees only this, never the YAML library. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode extends Place {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  readonly style: 'plain' | 'single' | 'double' | 'block';
  /** True where nothing is written: `key:`. */
  readonly empty: boolean;
  /** How messages show the value, where it may hold a secret that the file only names. */
  readonly shown?: string;
  /** True where the text names variables that nobody has asked for: what it will be is not known yet. */
  readonly isOpen?: true;
}

export interface ListNode extends Place {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface MapNode extends Place {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: ScalarNode;
  readonly name: string;
  readonly value: Node;
}

/** The value under a key, where the node is a mapping that has it. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** Place of a key of a mapping; the mapping's own place where the key is missing. */
export function keyPlace(map: MapNode, key: string): Place {
  return map.entries.get(key)?.key ?? placeOf(map);
}

/** Where to point for a whole node: for collections their beginning, since underlining all of one helps nobody. */
export function placeOf(node: Node): Place {
  if (node.kind === 'scalar') return node;
  const first = node.kind === 'map' ? [...node.entries.values()][0]?.key : undefined;
  return first ?? { start: node.start, end: node.start + 1 };
}

export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : [];
}

export function entriesOf(node: Node | undefined): readonly Entry[] {
  return node?.kind === 'map' ? [...node.entries.values()] : [];
}

/** The node as plain data. */
export function plain(node: Node): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map((item) => plain(item));
    case 'map':
      return Object.fromEntries([...node.entries].map(([name, entry]) => [name, plain(entry.value)]));
  }
}

/** Plain data as a mapping that stands in no file: only for what can give no findings any more. */
export function mapOf(object: JsonObject): MapNode {
  const nowhere = { start: 0, end: 0 };
  const entries = Object.entries(object).map(([name, value]): [string, Entry] => {
    const key: ScalarNode = { kind: 'scalar', value: name, style: 'double', empty: false, ...nowhere };
    return [name, { key, name, value: treeOf(value) }];
  });
  return { kind: 'map', entries: new Map(entries), ...nowhere };
}

function treeOf(value: Json): Node {
  const nowhere = { start: 0, end: 0 };
  if (isJsonObject(value)) return mapOf(value);
  if (isScalar(value)) return { kind: 'scalar', value, style: 'double', empty: false, ...nowhere };
  return { kind: 'list', items: value.map((item) => treeOf(item)), ...nowhere };
}

/**
 * Offset in the file of a character of a scalar's decoded text; undefined where the text spans lines, since folding
 * and indentation then hide the way back.
 */
export function sourceOffset(node: ScalarNode, source: string, offset: number): number | undefined {
  const raw = source.slice(node.start, node.end);
  if (node.style === 'block' || raw.includes('\n')) return undefined;
  if (node.style === 'plain') return node.start + offset;
  const escape = node.style === 'single' ? /''/y : /\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|.)/iy;
  let at = 1;
  for (let decoded = 0; decoded < offset && at < raw.length; decoded++) {
    escape.lastIndex = at;
    at += escape.exec(raw)?.[0].length ?? 1;
  }
  return node.start + at;
}
