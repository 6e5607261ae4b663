import { limits } from '../limits.ts';
import { addEntry, deepest, notPlain, readInline, readKey, skipSpaces } from './plain-scalars.ts';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from './tree.ts';

/** Tabs, other line ends, document markers and directives: nothing that a usual file holds. */
const unusual = /[\t\r\u0085\u2028\u2029\uFEFF]|^(?:---|\.\.\.|%)/m;

/**
 * The tree of a file that is written in the plain part of YAML, as nearly every workflow is: block mappings and lists,
 * scalars and flow collections on one line, literal blocks. Undefined where anything else stands, every fault
 * included: then the library reads the file, and says what is wrong. Reading a long file costs a tenth of what it
 * costs the library.
 */
export function readPlainYaml(text: string): Node | undefined {
  if (!text.endsWith('\n') || unusual.test(text)) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

class PlainReader {
  readonly #text: string;
  /** Where the first character of the next line with content stands; the text's length at its end. */
  #at = 0;
  /** How far that character is indented. */
  #indent = 0;
  /** The end of the line on which the last value ends. */
  #lastLineEnd = 0;
  #depth = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Node {
    this.#goToContent(0);
    if (this.#indent !== 0) throw notPlain;
    const root = this.#block();
    if (this.#at < this.#text.length) throw notPlain;
    return root;
  }

  #block(): Node {
    this.#depth += 1;
    if (this.#depth > deepest) throw notPlain;
    const block = this.#startsItem() ? this.#list(this.#indent) : this.#map(this.#indent);
    this.#depth -= 1;
    return block;
  }

  #map(indent: number): MapNode {
    const entries = new Map<string, Entry>();
    const start = this.#at;
    while (this.#indent === indent && this.#at < this.#text.length && !this.#startsItem()) {
      const key = readKey(this.#text, this.#at);
      if (key === undefined) throw notPlain;
      addEntry(entries, key, this.#value(key.end + 1, indent, true));
      this.#count(2);
    }
    if (this.#indent > indent || entries.size === 0 || entries.size > limits.keysPerMap) throw notPlain;
    return { kind: 'map', entries, start, end: this.#lastLineEnd };
  }

  #list(indent: number): ListNode {
    const items: Node[] = [];
    const start = this.#at;
    while (this.#indent === indent && this.#startsItem()) {
      items.push(this.#item(indent));
      this.#count(1);
    }
    if (this.#indent > indent) throw notPlain;
    return { kind: 'list', items, start, end: this.#lastLineEnd };
  }

  #item(indent: number): Node {
    const at = skipSpaces(this.#text, this.#at + 1);
    if (this.#text[at] === '-' && (this.#text[at + 1] === ' ' || this.#text[at + 1] === '\n')) throw notPlain;
    if (readKey(this.#text, at) === undefined) return this.#value(this.#at + 1, indent, false);
    // A mapping that begins behind the dash is indented as far as its first key.
    this.#indent += at - this.#at;
    this.#at = at;
    return this.#block();
  }

  /** The value behind a colon or dash, on the same line or below. */
  #value(behind: number, indent: number, isInMap: boolean): Node {
    const at = skipSpaces(this.#text, behind);
    const first = this.#text[at];
    if (first === '|') return this.#literal(at, indent);
    if (first !== '\n' && (first !== '#' || at === behind)) return this.#inline(at);
    this.#goToContent(at);
    const isBelow = this.#indent > indent || (isInMap && this.#indent === indent && this.#startsItem());
    if (!isBelow || this.#at >= this.#text.length) throw notPlain;
    return this.#block();
  }

  #inline(at: number): Node {
    const node = readInline(this.#text, at);
    const behind = skipSpaces(this.#text, node.end);
    const next = this.#text[behind];
    if (next !== '\n' && (next !== '#' || behind === node.end)) throw notPlain;
    // A line that goes on further in continues this text; whoever called sees it by its indentation.
    this.#goToContent(behind);
    this.#lastLineEnd = this.#text.indexOf('\n', behind) + 1;
    return node;
  }

  #literal(at: number, indent: number): ScalarNode {
    const lineEnd = this.#text.indexOf('\n', at);
    const header = this.#text.slice(at, lineEnd);
    if (header !== '|' && header !== '|-') throw notPlain;
    const first = lineEnd + 1;
    const inner = skipSpaces(this.#text, first) - first;
    if (inner <= indent || this.#text[first + inner] === '\n') throw notPlain;
    const lines: string[] = [];
    let line = first;
    let end = first;
    for (; line < this.#text.length; line = this.#text.indexOf('\n', line) + 1) {
      const content = skipSpaces(this.#text, line);
      const isBlank = this.#text[content] === '\n';
      if (content - line < inner && !isBlank) break;
      if (content - line > inner && isBlank) throw notPlain;
      const next = this.#text.indexOf('\n', line) + 1;
      lines.push(isBlank ? '' : this.#text.slice(line + inner, next - 1));
      if (!isBlank) end = next;
    }
    if (skipSpaces(this.#text, line) - line > indent && line < this.#text.length) throw notPlain;
    this.#goToContent(line - 1);
    this.#lastLineEnd = end;
    const value = lines.join('\n').replace(/\n+$/, '') + (header === '|' ? '\n' : '');
    return { kind: 'scalar', value, style: 'block', empty: false, start: at, end };
  }

  #startsItem(): boolean {
    const next = this.#text[this.#at + 1];
    return this.#text[this.#at] === '-' && (next === ' ' || next === '\n');
  }

  /** Goes to the next line with content behind the line of `from` (with 0: from the first line on), or to the end. */
  #goToContent(from: number): void {
    let line = from === 0 ? 0 : this.#text.indexOf('\n', from) + 1;
    let isCommentInside = false;
    for (; line < this.#text.length; line = this.#text.indexOf('\n', line) + 1) {
      const content = skipSpaces(this.#text, line);
      const first = this.#text[content];
      if (first === '#') isCommentInside ||= content > line;
      if (first === '\n' || first === '#') continue;
      this.#at = content;
      this.#indent = content - line;
      return;
    }
    // The library counts such a comment to the last value.
    if (isCommentInside) throw notPlain;
    this.#at = this.#text.length;
    this.#indent = 0;
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > limits.nodes / 2) throw notPlain;
  }
}
