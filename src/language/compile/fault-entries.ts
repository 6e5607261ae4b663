import { faultKinds, isFaultEntry } from '../../model/faults.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Node } from '../yaml/tree.ts';
import { itemsOf, textOf } from '../yaml/tree.ts';
import type { Site } from './loading.ts';

/** The entries of `retry.on` or `errors`, each a kind of fault or the code of a `fail` of this file or its children. */
export function faultEntriesOf(node: Node | undefined, site: Site): readonly string[] | undefined {
  if (node === undefined) return undefined;
  const entries = node.kind === 'list' ? itemsOf(node) : [node];
  return entries.flatMap((entry) => {
    const text = textOf(entry);
    if (text === undefined) return [];
    checkEntry(text, entry, site);
    return [text];
  });
}

function checkEntry(text: string, node: Node, site: Site): void {
  const { findings, survey } = site.loading;
  if (isFaultEntry(text) || survey.failCodes.has(text)) return;
  const near = didYouMean(text, [...faultKinds, ...survey.failCodes, 'any', 'http.4xx', 'http.5xx']);
  const message = `\`${text}\` is neither a kind of error nor the \`code\` of a \`fail\` in this file.`;
  const hint =
    near === undefined
      ? 'Kinds are `timeout`, `connection`, `http.5xx`, …: docs/language.md lists them.'
      : `Did you mean \`${near}\`?`;
  // A child workflow may fail with a code that only its own file knows.
  findings.add(survey.hasChildren ? 'warning' : 'error', 'ERROR_KIND_UNKNOWN', node, { message, hint });
}
