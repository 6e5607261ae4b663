import type { Json } from '../../model/json.ts';
import type { ExpressionValue, ObjectValue, Value } from '../../model/values.ts';
import { classifyExpression, classifyText } from '../expressions/classify.ts';
import { readReference } from '../expressions/reference.ts';
import type { Classified } from '../expressions/scope.ts';
import type { Place } from '../findings.ts';
import { limits } from '../limits.ts';
import { describe } from '../structure/check-shape.ts';
import { quoted } from '../yaml/quoting.ts';
import { commentAfter } from '../yaml/scalar-checks.ts';
import type { Entry, Node, ScalarNode } from '../yaml/tree.ts';
import { entriesOf, keyPlace, placeOf, plain, sourceOffset } from '../yaml/tree.ts';
import type { Site } from './loading.ts';
import { checkReferences } from './references.ts';

export interface TextOptions {
  /** Name of the parameter when its text is code of another language. */
  readonly codeLike?: string;
  readonly uri?: boolean;
  /** True for text that people read, where a `#` is more likely meant than a comment. */
  readonly prose?: boolean;
}

/** The value of a node, with every string classified; undefined when one of them is wrong (and reported). */
export function valueOf(node: Node, site: Site, options: TextOptions = {}): Value | undefined {
  switch (node.kind) {
    case 'scalar':
      return scalarValue(node, site, options);
    case 'list':
      return listValue(node.items, site);
    case 'map':
      return node.entries.has('$literal') ? literalSubtree(node, site) : objectValue([...node.entries.values()], site);
  }
}

/** As `valueOf` for a mapping, but always an object value, also when nothing in it is computed. */
export function objectOf(node: Node | undefined, site: Site): ObjectValue {
  const entries = entriesOf(node).flatMap(({ name, value }) => {
    const compiled = valueOf(value, site);
    return compiled === undefined ? [] : [[name, asText(compiled)] as const];
  });
  return { kind: 'object', entries };
}

/** Numbers and booleans become text where only text can be sent. */
export function asText(value: Value): Value {
  if (value.kind !== 'literal' || value.value === null || typeof value.value === 'object') return value;
  return { kind: 'literal', value: String(value.value) };
}

/** A condition, always JSONata; undefined when it is wrong (and reported). */
export function conditionOf(
  node: Node | undefined,
  site: Site,
  options: { until?: boolean } = {},
): ExpressionValue | undefined {
  if (node?.kind !== 'scalar') return undefined;
  if (typeof node.value === 'boolean') return { kind: 'expression', text: String(node.value), variables: {} };
  if (typeof node.value !== 'string' || node.value === '') return undefined;
  const value = accept(classifyExpression(node.value, site.scope, options), node, site);
  return value?.kind === 'expression' ? value : undefined;
}

function scalarValue(node: ScalarNode, site: Site, options: TextOptions): Value | undefined {
  if (typeof node.value !== 'string') return { kind: 'literal', value: node.value };
  checkComment(node, site, options);
  const { codeLike, uri } = options;
  const told = { ...(codeLike !== undefined && { codeLike }), ...(uri !== undefined && { uri }) };
  return accept(classifyText(node.value, site.scope, told), node, site);
}

/** True for a text that is one name with its path. */
export function isWholeReference(text: string | undefined): boolean {
  return text !== undefined && text.startsWith('$') && readReference(text, 1)?.end === text.length;
}

/** Reports the problems of a text at their places, checks what it refers to, and gives its value. */
function accept(classified: Classified, node: ScalarNode, site: Site): Value | undefined {
  const { findings } = site.loading;
  for (const { severity, code, message, hint, offset, length } of classified.problems.slice(
    0,
    limits.faultsOfOneText,
  )) {
    const place = problemPlace(node, findings.text, { offset, length });
    findings.add(severity, code, place, hint === undefined ? { message } : { message, hint });
  }
  if (classified.value !== undefined) checkReferences(classified.value, node, site);
  return classified.value;
}

function problemPlace(
  node: ScalarNode,
  source: string,
  at: { readonly offset: number; readonly length: number },
): Place {
  const start = sourceOffset(node, source, at.offset);
  const end = sourceOffset(node, source, at.offset + at.length);
  return start === undefined || end === undefined ? placeOf(node) : { start, end };
}

/** `text: Posted to #ops` loses its end silently: YAML takes it for a comment. */
function checkComment(node: ScalarNode, site: Site, options: TextOptions): void {
  if (node.style !== 'plain' || (options.prose !== true && !String(node.value).includes(' '))) return;
  const { findings } = site.loading;
  const comment = commentAfter(node, findings);
  if (comment === undefined) return;
  const message = `YAML ends this text at \` #\`, so \`${comment}\` is a comment and not part of it.`;
  const hint = `Quote it: ${quoted(`${String(node.value)} ${comment}`)}; or move the comment to a line of its own.`;
  findings.error('YAML_COMMENT_IN_TEXT', node, message, hint);
}

function listValue(items: readonly Node[], site: Site): Value | undefined {
  const values = items.map((item) => valueOf(item, site));
  const literals: Json[] = [];
  const compiled: Value[] = [];
  for (const value of values) {
    if (value === undefined) return undefined;
    compiled.push(value);
    if (value.kind === 'literal') literals.push(value.value);
  }
  return literals.length === values.length ? { kind: 'literal', value: literals } : { kind: 'list', items: compiled };
}

function objectValue(entries: readonly Entry[], site: Site): Value | undefined {
  const values = entries.map(({ name, value }) => [name, valueOf(value, site)] as const);
  const literals: [string, Json][] = [];
  const compiled: [string, Value][] = [];
  for (const [name, value] of values) {
    if (value === undefined) return undefined;
    compiled.push([name, value]);
    if (value.kind === 'literal') literals.push([name, value.value]);
  }
  if (literals.length < values.length) return { kind: 'object', entries: compiled };
  return { kind: 'literal', value: Object.fromEntries(literals) };
}

function literalSubtree(node: Node & { kind: 'map' }, site: Site): Value {
  const inner = node.entries.get('$literal');
  if (node.entries.size > 1) {
    const message = '`$literal` stands alone in its mapping: everything below it is taken as it is.';
    site.loading.findings.error(
      'LITERAL_NOT_ALONE',
      keyPlace(node, '$literal'),
      message,
      'Move the other keys under it.',
    );
  }
  return { kind: 'literal', value: inner === undefined ? null : plain(inner.value) };
}

/**
 * Values directly under a tool's `params`, where parameters that hold code of another language (`query`, `script`, …)
 * must not be filled in by accident.
 */
export function paramsOf(node: Node | undefined, site: Site): Value | undefined {
  if (node === undefined) return { kind: 'object', entries: [] };
  if (node.kind !== 'map' || node.entries.has('$literal')) return mappingOf(node, site);
  const entries: [string, Value][] = [];
  for (const { name, value } of node.entries.values()) {
    const compiled = valueOf(value, site, codeParameters.has(name.toLowerCase()) ? { codeLike: name } : {});
    if (compiled !== undefined) entries.push([name, compiled]);
  }
  return entries.length === node.entries.size ? foldLiterals(entries) : undefined;
}

/** A mapping, or a reference to one. */
export function mappingOf(node: Node, site: Site): Value | undefined {
  const value = valueOf(node, site);
  if (value?.kind !== 'template' && !(value?.kind === 'literal' && typeof value.value === 'string')) return value;
  const message = `This is ${describe(node)}, but must be a mapping or a reference to one.`;
  site.loading.findings.error('VALUE_TYPE', placeOf(node), message);
  return undefined;
}

function foldLiterals(entries: readonly (readonly [string, Value])[]): Value {
  const literals: [string, Json][] = [];
  for (const [name, value] of entries) if (value.kind === 'literal') literals.push([name, value.value]);
  if (literals.length < entries.length) return { kind: 'object', entries };
  return { kind: 'literal', value: Object.fromEntries(literals) };
}

const codeParameters = new Set(
  (
    'aggregation cmd code command commands cypher eval expression filter_expression graphql gql jq js javascript kql ' +
    'logql lua mutation pipeline promql python query queries regex script scripts shell source_code sparql sql statement ' +
    'statements'
  ).split(' '),
);
