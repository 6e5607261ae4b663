import type { Findings } from './findings.ts';
import type { MapNode } from './yaml/tree.ts';
import { child, textOf } from './yaml/tree.ts';

const pattern = /^[a-z][a-z0-9_]*$/;

/** The workflow's name, which is that of its file; undefined when neither gives one. */
export function checkWorkflowFileName(root: MapNode, findings: Findings): string | undefined {
  const stem = /([^/\\]*?)\.ya?ml$/.exec(findings.file)?.[1] ?? /[^/\\]*$/.exec(findings.file)?.[0] ?? '';
  const node = child(root, 'name');
  const name = textOf(node);
  if (node === undefined) {
    if (pattern.test(stem)) return stem;
    const message = `The file's name \`${stem}\` cannot be a workflow's name: lower-case letters, digits and \`_\`.`;
    findings.error('NAME_INVALID', undefined, message, 'Rename the file.');
    return undefined;
  }
  if (name === undefined || !pattern.test(name)) return undefined;
  if (name === stem) return name;
  const message = `The workflow is called \`${name}\`, but its file \`${stem}\`; the two must be equal.`;
  findings.error('NAME_NOT_FILE', node, message, `Rename the file to \`${name}.yaml\`, or write \`name: ${stem}\`.`);
  return name;
}
