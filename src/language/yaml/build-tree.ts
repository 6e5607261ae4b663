import type { Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';

import type { Findings, Place } from '../findings.ts';
import { limits } from '../limits.ts';
import { checkScalar } from './scalar-checks.ts';
import type { Entry, MapNode, Node, ScalarNode } from './tree.ts';

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Turns what the library parsed into our own tree, and refuses what would not survive as plain data. */
export function buildTree(root: ParsedNode, findings: Findings): Node | undefined {
  return new TreeBuilder(findings).build(root);
}

class TreeBuilder {
  readonly #findings: Findings;
  readonly #anchors = new Map<string, { readonly node: Node; readonly size: number }>();
  #size = 0;
  #aliases = 0;
  #isExcessTold = false;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  build(node: ParsedNode): Node | undefined {
    if (isAlias(node)) return this.#resolve(node.source, placeOf(node));
    const before = this.#size++;
    if (node.tag !== undefined) {
      this.#reportTag(node);
    }
    const built = this.#content(node);
    if (node.anchor !== undefined && built) this.#anchors.set(node.anchor, { node: built, size: this.#size - before });
    return built;
  }

  #reportTag(node: ParsedNode): void {
    const before = this.#findings.text.slice(0, node.range[0]);
    const tag = /!\S*(?=\s*(?:&\S+\s*)?$)/.exec(before.slice(-200))?.[0] ?? '';
    const start = before.lastIndexOf(tag);
    const message = `Tags such as \`${tag}\` are not allowed: a value's type is what it looks like.`;
    const hint = 'Delete the tag; quote the value if it is text.';
    this.#findings.error('YAML_TAG', { start, end: start + tag.length }, message, hint);
  }

  #content(node: Exclude<ParsedNode, { source: string; resolve: unknown }>): Node | undefined {
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return this.#list(node);
    return isMap(node) ? this.#map(node) : undefined;
  }

  #scalar(node: Scalar.Parsed): ScalarNode {
    const scalar = scalarOf(node);
    // What is empty under a key is reported there.
    if (!scalar.empty) checkScalar(scalar, this.#findings);
    return scalar;
  }

  #list(node: YAMLSeq.Parsed): Node {
    const items: Node[] = [];
    for (const item of node.items) {
      const built = this.build(item);
      if (built?.kind === 'scalar' && built.empty) checkScalar(built, this.#findings);
      if (built) items.push(built);
    }
    return { kind: 'list', items, ...placeOf(node) };
  }

  #map(node: YAMLMap.Parsed): Node {
    const entries = new Map<string, Entry>();
    for (const pair of node.items) this.#entry(pair, entries);
    if (entries.size > limits.keysPerMap) {
      const message = `A mapping holds at most ${limits.keysPerMap} keys; this one has ${entries.size}.`;
      this.#findings.error('YAML_TOO_LARGE', placeOf(node), message, 'Use a list, or split the mapping.');
    }
    return { kind: 'map', entries, ...placeOf(node) } satisfies MapNode;
  }

  #entry(pair: ParsedPair, entries: Map<string, Entry>): void {
    const key = this.#key(pair.key);
    if (key === undefined) return;
    const name = String(key.value);
    const first = entries.get(name);
    if (first !== undefined) {
      const line = this.#findings.lineOf(first.key.start);
      const message = `\`${name}\` is written twice in this mapping; the first is on line ${line}.`;
      return this.#findings.error('YAML_DUPLICATE_KEY', key, message, 'Keep one of them.');
    }
    const built = pair.value === null ? undefined : this.build(pair.value);
    const value = built === undefined || isNothing(built) ? nothingAt(key) : built;
    if (value.kind === 'scalar' && value.empty) this.#checkEmpty(value, pair);
    entries.set(name, { key, name, value });
  }

  #checkEmpty(value: ScalarNode, pair: ParsedPair): void {
    if (isAlias(pair.value)) return;
    if (pair.value !== null) return checkScalar(value, this.#findings);
    const message = 'This stands here as a key without a value.';
    const hint = 'If it belongs to the text before the comma, quote that text as a whole.';
    this.#findings.error('YAML_EMPTY_VALUE', value, message, hint);
  }

  #key(node: ParsedNode): ScalarNode | undefined {
    const place = placeOf(node);
    if (!isScalar(node) || node.value === null) {
      this.#findings.error('YAML_KEY', place, 'A key is a name or quoted text.', 'Write the key as text.');
      return undefined;
    }
    if (typeof node.value !== 'string') {
      const written = this.#findings.text.slice(place.start, place.end);
      const message = `YAML reads the key \`${written}\` as a ${typeof node.value}, but keys are text.`;
      this.#findings.error('YAML_KEY', place, message, `Quote it: \`"${written}":\``);
      return undefined;
    }
    if (forbiddenKeys.has(node.value)) {
      this.#findings.error('YAML_KEY', place, `\`${node.value}\` cannot be used as a key.`, 'Choose another name.');
      return undefined;
    }
    if (node.value === '<<') {
      const message = 'Merge keys (`<<`) belong to YAML 1.1 and are not merged here.';
      this.#findings.error('YAML_KEY', place, message, 'Write the keys out, or put them under `defaults`.');
      return undefined;
    }
    return scalarOf(node);
  }

  #reportExcess(place: Place): void {
    if (this.#isExcessTold) return;
    this.#isExcessTold = true;
    const bounds = `at most ${limits.aliases} aliases and ${limits.nodes} values`;
    const message = `The aliases of this file stand for too much: ${bounds}.`;
    this.#findings.error('YAML_TOO_LARGE', place, message, 'Write the values out, or split the file.');
  }

  #resolve(name: string, place: Place): Node | undefined {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) {
      const message = `No value before this one carries the anchor \`&${name}\`.`;
      this.#findings.error('YAML_ALIAS', place, message, `If \`*${name}\` is text, quote it.`);
      return undefined;
    }
    this.#aliases++;
    this.#size += anchor.size;
    if (this.#aliases > limits.aliases || this.#size > limits.nodes) {
      this.#reportExcess(place);
      return undefined;
    }
    return anchor.node;
  }
}

function scalarOf(node: Scalar.Parsed): ScalarNode {
  const { value } = node;
  const known = value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string';
  const style = styles[node.type ?? 'PLAIN'];
  const place = placeOf(node);
  const empty = value === null && place.start === place.end;
  return { kind: 'scalar', value: known ? value : null, style, empty, ...place };
}

const styles = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_FOLDED: 'block',
  BLOCK_LITERAL: 'block',
} as const;

function isNothing(node: Node): boolean {
  return node.kind === 'scalar' && node.empty;
}

/** An empty value has no place of its own, so messages point at its key. */
function nothingAt(key: ScalarNode): ScalarNode {
  return { kind: 'scalar', value: null, style: 'plain', empty: true, start: key.start, end: key.end };
}

function placeOf(node: ParsedNode): Place {
  return { start: node.range[0], end: node.range[1] };
}
