import type { KeySource, SecretSource } from '../model/secrets.ts';
import type { Findings } from './findings.ts';
import type { Node } from './yaml/tree.ts';
import { child, entriesOf, itemsOf, textOf } from './yaml/tree.ts';

/** What `secrets` of `runner.yaml` says, by name. Entries whose shape is wrong are reported elsewhere. */
export function secretSourcesOf(node: Node): Readonly<Record<string, SecretSource>> {
  return Object.fromEntries(
    entriesOf(node).flatMap(({ name, value }) => {
      const source = sourceOf(value);
      return source === undefined ? [] : [[name, source]];
    }),
  );
}

/** A program without a name can never be started. */
export function checkSecretPrograms(root: Node, findings: Findings): void {
  const journalKey = child(root, 'journal_key');
  const keys = journalKey?.kind === 'list' ? journalKey.items : [journalKey];
  for (const source of [...entriesOf(child(root, 'secrets')).map(({ value }) => value), ...keys]) {
    const [program] = itemsOf(child(source, 'exec'));
    if (program === undefined || textOf(program)?.trim() !== '') continue;
    const message = 'The list begins with the program to run, and this is empty.';
    findings.error('VALUE_INVALID', program, message, 'Write its name, as in `exec: [pass, show, stripe/key]`.');
  }
}

/** What `journal_key` says: the first one writes, all of them read. */
export function journalKeysOf(node: Node): readonly KeySource[] {
  return (node.kind === 'list' ? itemsOf(node) : [node]).flatMap((item): KeySource | readonly KeySource[] => {
    const text = textOf(item);
    return text === undefined ? (sourceOf(item) ?? []) : { kind: 'text', text };
  });
}

function sourceOf(node: Node): SecretSource | undefined {
  const [variable, path] = [textOf(child(node, 'env')), textOf(child(node, 'file'))];
  if (variable !== undefined) return { kind: 'env', variable };
  if (path !== undefined) return { kind: 'file', path };
  const [program, ...args] = itemsOf(child(node, 'exec')).flatMap((item) => textOf(item) ?? []);
  return program === undefined ? undefined : { kind: 'exec', command: [program, ...args] };
}
