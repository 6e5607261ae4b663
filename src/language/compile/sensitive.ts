import type { Node } from '../yaml/tree.ts';
import { child } from '../yaml/tree.ts';
import type { Loading } from './loading.ts';

/** True where an input or step says `sensitive: true`; warns where nothing seals the journal. */
export function isSensitive(node: Node, { facts, findings }: Loading): boolean {
  const said = child(node, 'sensitive');
  if (!saysSensitive(node) || said === undefined) return false;
  if (facts.sealsJournal === false) {
    const message = 'The journal holds this value in the clear, because `runner.yaml` has no `journal_key`.';
    findings.warning('SENSITIVE_NOT_SEALED', said, message, 'Add `journal_key: { env: RUNNER_JOURNAL_KEY }` there.');
  }
  return true;
}

export function saysSensitive(node: Node): boolean {
  const said = child(node, 'sensitive');
  return said?.kind === 'scalar' && said.value === true;
}
