import { canonicalJson } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { Findings } from './findings.ts';
import { parseYaml } from './yaml/parse-yaml.ts';
import type { MapNode, Node } from './yaml/tree.ts';
import { child, plain } from './yaml/tree.ts';

const section = 'mcpServers';
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

export type EditedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'unreadable' | 'in_braces' }
  | { readonly ok: false; readonly reason: 'taken'; readonly names: readonly string[] };

/**
 * The text of `runner.yaml` with these entries under `mcpServers`. All else stays as it is written, comments included.
 * @param options.replace whether entries of the same names may be replaced
 */
export function withServers(
  text: string,
  servers: Readonly<Record<string, JsonObject>>,
  options: { readonly replace: boolean },
): EditedText {
  const root = /^(?:\s|#.*)*$/.test(text) ? emptyMap : parse(text);
  if (root?.kind !== 'map') return { ok: false, reason: 'unreadable' };
  const present = child(root, section);
  const names = Object.keys(servers).filter((name) => child(present, name) !== undefined);
  if (names.length > 0 && !options.replace) return { ok: false, reason: 'taken', names };
  const edited = insert(text, root, { present, names, servers });
  const wanted = plain(root) as JsonObject;
  const before = present?.kind === 'map' ? (plain(present) as JsonObject) : {};
  const isRight = edited !== undefined && holds(edited, { ...wanted, [section]: { ...before, ...servers } });
  return isRight ? { ok: true, text: edited } : { ok: false, reason: 'in_braces' };
}

const emptyMap: MapNode = { kind: 'map', entries: new Map(), start: 0, end: 0 };

interface Insertion {
  readonly present: Node | undefined;
  readonly names: readonly string[];
  readonly servers: Readonly<Record<string, JsonObject>>;
}

function insert(text: string, root: MapNode, { present, names, servers }: Insertion): string | undefined {
  if (present === undefined) {
    const head = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    return `${head}${head.trim() === '' ? '' : '\n'}${section}:\n${lines(servers, '  ')}`;
  }
  if (present.kind === 'scalar') {
    const key = root.entries.get(section)?.key;
    const at = key === undefined ? text.length : endOfLine(text, key.end);
    return `${broken(text.slice(0, at))}${lines(servers, '  ')}${text.slice(at)}`;
  }
  const first = present.kind === 'map' ? [...present.entries.values()][0]?.key : undefined;
  if (present.kind !== 'map' || first === undefined || text[present.start] === '{') return undefined;
  const indent = ' '.repeat(first.start - startOfLine(text, first.start));
  const at = endOfLine(text, text.slice(0, present.end).trimEnd().length);
  const kept = without(text.slice(0, at), present, names);
  return `${broken(kept)}${lines(servers, indent)}${text.slice(at)}`;
}

/** The text before the section's end, without the entries of these names. */
function without(text: string, map: MapNode, names: readonly string[]): string {
  const starts = [...map.entries.values()].map(({ key }) => startOfLine(text, key.start));
  const cuts = [...map.entries.keys()].flatMap((name, index) =>
    names.includes(name) ? [{ from: starts[index] ?? text.length, to: starts[index + 1] ?? text.length }] : [],
  );
  return cuts.toReversed().reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text);
}

function lines(servers: Readonly<Record<string, JsonObject>>, indent: string): string {
  return Object.entries(servers)
    .map(([name, server]) => {
      const members = Object.entries(server).map(([key, value]) => `${indent}${indent}${member(key, value, indent)}`);
      return `${indent}${keyText(name)}:\n${members.join('')}`;
    })
    .join('');
}

function member(key: string, value: Json, indent: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${key}: ${flow(value)}\n`;
  const inner = Object.entries(value).map(([name, each]) => `${indent.repeat(3)}${keyText(name)}: ${flow(each)}\n`);
  return inner.length === 0 ? `${key}: {}\n` : `${key}:\n${inner.join('')}`;
}

/** JSON is YAML, as long as it is on one line. */
function flow(value: Json): string {
  return Array.isArray(value) ? `[${value.map((item: Json) => flow(item)).join(', ')}]` : JSON.stringify(value);
}

function keyText(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) && !reserved.test(name) ? name : JSON.stringify(name);
}

function parse(text: string): Node | undefined {
  const findings = new Findings('', text);
  const node = parseYaml(findings);
  return findings.hasErrors() ? undefined : node;
}

function holds(text: string, wanted: JsonObject): boolean {
  const node = parse(text);
  return node !== undefined && canonicalJson(plain(node)) === canonicalJson(wanted);
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** After the line break. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function broken(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
