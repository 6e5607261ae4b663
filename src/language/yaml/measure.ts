import type { CST } from 'yaml';

import type { Findings, Place } from '../findings.ts';
import { limits } from '../limits.ts';

/**
 * Refuses a syntax tree that is too deep or too large. It works on tokens and without recursion, because the library's
 * next stage recurses, and a hostile file would exhaust the stack there.
 */
export function measure(tokens: readonly CST.Token[], findings: Findings): void {
  const pending: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of tokens) pending.push({ token, depth: 0 });
  let nodes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > limits.depth) return reportDepth(token, findings);
    if (isNode(token)) nodes++;
    if (isUnclosed(token)) reportUnclosed(token, findings);
    if (nodes > limits.nodes) return reportSize(findings);
    for (const inner of childrenOf(token)) pending.push({ token: inner, depth: depth + (isNode(inner) ? 1 : 0) });
  }
}

function reportDepth(token: CST.Token, findings: Findings): void {
  const place: Place = { start: token.offset, end: token.offset + 1 };
  const message = `Values are nested more than ${limits.depth} levels deep here.`;
  findings.error('YAML_TOO_DEEP', place, message, 'Move inner parts into a workflow of their own.');
}

function reportSize(findings: Findings): void {
  const message = `The file holds more than ${limits.nodes} values.`;
  findings.error('YAML_TOO_LARGE', undefined, message, 'Split it into several workflows.');
}

/** Told here, because the library tells it at the end of the file. */
function isUnclosed(token: CST.Token): boolean {
  if (token.type === 'double-quoted-scalar') return !/^"(?:[^"\\]|\\[^])*"$/.test(token.source);
  return token.type === 'single-quoted-scalar' && (token.source.length < 2 || !token.source.endsWith("'"));
}

function reportUnclosed(token: CST.Token, findings: Findings): void {
  const message = 'The text that begins here is never closed.';
  const hint = 'Close it with the quote that opened it.';
  findings.error('YAML_UNCLOSED_QUOTE', { start: token.offset, end: token.offset + 1 }, message, hint);
}

function isNode(token: CST.Token): boolean {
  return 'items' in token || token.type.endsWith('scalar') || token.type === 'alias';
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  const children: CST.Token[] = [];
  for (const item of token.items) {
    if (item.key) children.push(item.key);
    if (item.value) children.push(item.value);
  }
  return children;
}
