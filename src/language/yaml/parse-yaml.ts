import type { CST } from 'yaml';
import { Composer, Parser } from 'yaml';

import type { Findings } from '../findings.ts';
import { buildTree } from './build-tree.ts';
import { measure } from './measure.ts';
import { reportSyntaxErrors } from './syntax-errors.ts';
import type { Node } from './tree.ts';

const options = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  // The library's own check compares all pairs of keys; `buildTree` has a linear one.
  uniqueKeys: false,
  strict: true,
  prettyErrors: false,
  logLevel: 'error',
} as const;

/**
 * The tree of a file that holds exactly one YAML document within the bounds of `limits`; undefined, with findings,
 * when there is none. Only this folder knows the YAML library.
 */
export function parseYaml(findings: Findings): Node | undefined {
  const tokens = [...new Parser().parse(findings.text)];
  checkDocuments(tokens, findings);
  measure(tokens, findings);
  if (findings.hasErrors()) return undefined;
  const [document] = new Composer(options).compose(tokens, true, findings.text.length);
  reportSyntaxErrors(document?.errors ?? [], findings);
  if (findings.hasErrors()) return undefined;
  const contents = document?.contents ?? undefined;
  if (contents !== undefined) return buildTree(contents, findings);
  findings.error('FILE_EMPTY', undefined, 'The file holds no YAML.');
  return undefined;
}

function checkDocuments(tokens: readonly CST.Token[], findings: Findings): void {
  for (const token of tokens) {
    if (token.type !== 'directive') continue;
    const place = { start: token.offset, end: token.offset + token.source.length };
    const message = 'Directives change how YAML reads a file, so none is allowed.';
    findings.error('YAML_DIRECTIVE', place, message, 'Delete this line.');
  }
  const second = tokens.filter((token) => token.type === 'document')[1];
  if (second === undefined) return;
  const place = { start: second.offset, end: second.offset + 3 };
  findings.error('YAML_SEVERAL_DOCUMENTS', place, 'A file holds one document.', 'Put each document in its own file.');
}
