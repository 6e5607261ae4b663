import { faultKinds, isFaultEntry } from '../../model/faults.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Findings } from '../findings.ts';
import type { Node } from '../yaml/tree.ts';
import { itemsOf, placeOf, textOf } from '../yaml/tree.ts';
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
  // A child workflow may fail with a code that only its own file knows.
  if (survey.hasChildren) site.loading.childCodes.push({ text, node });
  else reportUnknownEntry({ text, node, codes: [...survey.failCodes] }, findings);
}

/** Reports an entry that is no kind of error, and none of the codes that there are. */
export function reportUnknownEntry(
  { text, node, codes }: { readonly text: string; readonly node: Node; readonly codes: readonly string[] },
  findings: Findings,
  where = 'this file',
): void {
  const near = didYouMean(text, [...faultKinds, ...codes, 'any', 'http.4xx', 'http.5xx']);
  const message = `\`${text}\` is neither a kind of error nor the \`code\` of a \`fail\` in ${where}.`;
  const hint =
    near === undefined
      ? 'Kinds are `timeout`, `connection`, `http.5xx`, …: docs/language.md lists them.'
      : `Did you mean \`${near}\`?`;
  findings.error('ERROR_KIND_UNKNOWN', placeOf(node), message, hint);
}
