import type { Findings } from '../findings.ts';
import { quoted } from './quoting.ts';
import type { ScalarNode } from './tree.ts';

/** Refuses scalars that YAML reads as something other than what stands there. */
export function checkScalar(node: ScalarNode, findings: Findings): void {
  if (node.empty) return checkEmpty(node, findings);
  if (node.style === 'plain' && typeof node.value === 'number') checkNumber(node, findings);
}

/** The comment on the rest of the scalar's line, as `#ops`; undefined where there is none. */
export function commentAfter(node: ScalarNode, findings: Findings): string | undefined {
  const line = findings.lineOf(node.end);
  const rest = findings.lineText(line).slice(node.end - findings.lineStart(line));
  return /^:?[ \t]+(#.*)$/.exec(rest)?.[1]?.trimEnd();
}

function checkEmpty(node: ScalarNode, findings: Findings): void {
  const comment = commentAfter(node, findings);
  if (comment !== undefined) {
    const message = `Nothing stands here but a comment: YAML begins one at \` #\`.`;
    return findings.error(
      'YAML_EMPTY_VALUE',
      node,
      message,
      `If \`${comment}\` is the value, quote it: ${quoted(comment)}`,
    );
  }
  findings.error(
    'YAML_EMPTY_VALUE',
    node,
    'No value stands here.',
    'Write the value: `null` for nothing, `""` for empty text.',
  );
}

function checkNumber(node: ScalarNode, findings: Findings): void {
  const written = findings.text.slice(node.start, node.end);
  const why = numberFault(written, Number(node.value));
  if (why === undefined) return;
  const message = `YAML reads \`${written}\` as a number, ${why}.`;
  findings.error('YAML_NUMBER', node, message, `If it is text, quote it: ${quoted(written)}`);
}

function numberFault(written: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return 'and not a finite one';
  if (/^[-+]?0[\d]/.test(written) || /^0+e\d/i.test(written)) return `and loses its zeros: ${value}`;
  const isInteger = !/[.e]/i.test(written) || /^0[xo]/.test(written);
  return isInteger && !Number.isSafeInteger(value) ? `which is too large to be exact: ${value}` : undefined;
}
