import { parseDuration } from '../model/time.ts';
import type { ToolOverlay } from '../model/tool-effects.ts';
import type { Findings } from './findings.ts';
import type { Entry, Node } from './yaml/tree.ts';
import { child, entriesOf, keyPlace, textOf } from './yaml/tree.ts';

/** What `tools` of `runner.yaml` says, in the order of the file; its shape has been checked. */
export function toolOverlaysOf(node: Node, findings: Findings): readonly ToolOverlay[] {
  for (const entry of entriesOf(node)) checkMapping(entry, findings);
  return entriesOf(node).map(overlayOf);
}

/** Only a version stands for another tool, and only one version for one name. */
function checkMapping({ name: pattern, value }: Entry, findings: Findings): void {
  if (value.kind !== 'map') return;
  for (const key of ['server', 'tool'].filter((each) => value.entries.has(each))) {
    if (!pattern.includes('@')) {
      const message = `\`${key}\` says what a version stands for, and \`${pattern}\` names none.`;
      findings.error('KEY_MISPLACED', keyPlace(value, key), message, `Write \`${pattern}@2\`, say, for version 2.`);
    } else if (key === 'tool' && pattern.includes('*')) {
      const message = `\`tool\` is one name, and \`${pattern}\` covers many.`;
      findings.error('KEY_MISPLACED', keyPlace(value, key), message, 'Leave it out: the names stay as they are.');
    }
  }
}

function overlayOf({ name: pattern, value }: Entry): ToolOverlay {
  const effect = textOf(child(value, 'effect'));
  const attemptTimeoutMs = parseDuration(textOf(child(value, 'timeout')) ?? '');
  const cost = child(value, 'cost');
  const [server, tool] = [textOf(child(value, 'server')), textOf(child(value, 'tool'))];
  const amount = cost?.kind === 'scalar' ? cost.value : undefined;
  return {
    pattern,
    ...(server !== undefined && { server }),
    ...(tool !== undefined && { tool }),
    ...((effect === 'read' || effect === 'idempotent' || effect === 'write') && { effect }),
    ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
    ...((typeof amount === 'number' || typeof amount === 'string') && { cost: amount }),
  };
}
