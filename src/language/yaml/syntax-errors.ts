import type { YAMLParseError } from 'yaml';

import { asSentence } from '../../model/sentence.ts';
import type { Findings, Place } from '../findings.ts';
import { limits } from '../limits.ts';
import { quoted } from './quoting.ts';

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Tells the library's syntax errors, one a line, in words that name the way out. */
export function reportSyntaxErrors(errors: readonly YAMLParseError[], findings: Findings): void {
  const told = new Set<number>();
  for (const error of errors) {
    // From here on the parser has lost its place, and everything that follows is a consequence.
    if (told.size > 0 && error.message.includes('in YAML stream')) return;
    const line = findings.lineOf(error.pos[0]);
    if (told.has(line) || told.size >= limits.syntaxErrors) continue;
    told.add(line);
    const place: Place = { start: error.pos[0], end: error.pos[1] };
    const { code, message, hint } = explain(error, place, findings);
    findings.error(code, place, message, hint);
    if (isOpenEnded(error)) return;
  }
}

/** An error after which the rest of the file is read as part of one value. */
function isOpenEnded(error: YAMLParseError): boolean {
  return error.code === 'MISSING_CHAR' || (error.code === 'UNEXPECTED_TOKEN' && error.message.includes('flow'));
}

function explain(error: YAMLParseError, place: Place, findings: Findings): Explanation {
  if (error.code === 'TAB_AS_INDENT') {
    return { code: 'YAML_TAB', message: 'A tab stands where YAML counts spaces.', hint: 'Indent with spaces.' };
  }
  const value = valueAround(place.start, findings);
  if (value === undefined) return plainExplanation(error);
  const hint = `Quote the value: \`${value.key}${quoted(value.text)}\``;
  if (/^BLOCK_(?:AS_IMPLICIT_KEY|IN_FLOW)$/.test(error.code)) {
    return { code: 'YAML_COLON_IN_TEXT', message: 'YAML takes the `: ` inside this text for another key.', hint };
  }
  if (error.code === 'BAD_SCALAR_START') {
    const message = `Text without quotes cannot begin with \`${value.text[0] ?? ''}\`.`;
    return { code: 'YAML_RESERVED_CHARACTER', message, hint };
  }
  if (value.inFlow && /[[\]{}]/.test(value.text)) {
    const message = 'Inside `{ }` and `[ ]`, brackets and braces of a value need quotes around it.';
    return { code: 'YAML_BRACKET_IN_TEXT', message, hint };
  }
  if (/^["'[{]/.test(value.text) && error.code === 'UNEXPECTED_TOKEN') {
    const message =
      'The value begins with a quote or bracket, so YAML ends it where that closes, but more text follows.';
    return { code: 'YAML_TEXT_AFTER_QUOTE', message, hint };
  }
  return plainExplanation(error);
}

function plainExplanation(error: YAMLParseError): Explanation {
  const message = asSentence(`This is not valid YAML: ${error.message.replace(/\s+/g, ' ')}`);
  if (error.code === 'BAD_INDENT' || error.message.includes('Sequence item')) {
    return { code: 'YAML_SYNTAX', message, hint: 'Check the indentation of this line and of the line before.' };
  }
  return { code: 'YAML_SYNTAX', message };
}

/** The `key: value` of one line that holds an offset, in block style or inside braces. */
function valueAround(
  offset: number,
  findings: Findings,
): { readonly key: string; readonly text: string; readonly inFlow: boolean } | undefined {
  const line = findings.lineOf(offset);
  const text = findings.lineText(line);
  const [, key = '', rest = ''] = /^\s*((?:- +)*(?:[^\s:#'"{[][^:#]*: +)?)(.*)$/.exec(text) ?? [];
  if (rest === '') return undefined;
  const isFlow = /^(?:\{.*\}|\[.*\])\s*$/.test(rest) && (/^\{ *[\w"'$]+ *:/.test(rest) || rest.startsWith('['));
  if (!isFlow) return { key: key.replace(/^(?:- +)+/, ''), text: withoutComment(rest), inFlow: false };
  const inside = flowValueAround(
    rest,
    offset - findings.lineStart(line) - text.indexOf(rest, text.length - rest.length),
  );
  return inside && { ...inside, inFlow: true };
}

function flowValueAround(rest: string, at: number): { readonly key: string; readonly text: string } | undefined {
  const before = rest.slice(0, Math.max(at, 0));
  const start = Math.max(before.lastIndexOf(', ') + 1, before.search(/[{[] *(?=[^{[]*$)/) + 1, 0);
  const piece = rest.slice(start);
  const [, key = '', value = ''] = /^\s*((?:[\w-]+: +)?)(.*?)\s*(?:,\s.*|[}\]]\s*)?$/.exec(piece) ?? [];
  return value === '' ? undefined : { key, text: value };
}

function withoutComment(text: string): string {
  return text.replace(/\s+#.*$/, '').trimEnd();
}
