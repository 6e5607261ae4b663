import type { Value } from '../../model/values.ts';
import type { ApprovalStep } from '../../model/workflow.ts';
import type { Node } from '../yaml/tree.ts';
import { child, itemsOf, keyPlace, textOf } from '../yaml/tree.ts';
import { specsOf } from './input-specs.ts';
import type { Site } from './loading.ts';
import { numberOf } from './settings.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { valueOf } from './texts.ts';

export function compileApproval(context: ActionContext): ApprovalStep | undefined {
  const { map, site } = context;
  const asked = child(map, 'approval');
  const question = asked && valueOf(asked, site, { prose: true });
  const shown = child(map, 'show');
  const show = shown && valueOf(shown, site);
  const by = decidersOf(child(map, 'by'), site);
  const quorum = numberOf(child(map, 'quorum')) ?? 1;
  if (by !== undefined) checkQuorum(quorum, by, context);
  const fields = child(map, 'form');
  const form = fields && specsOf(fields, site.loading);
  return (
    question && {
      kind: 'approval',
      ...baseOf(context),
      question,
      ...(show && { show }),
      ...(form && { form }),
      ...(by && { by }),
      quorum,
      onTimeout: onTimeoutOf(map),
    }
  );
}

function decidersOf(node: Node | undefined, site: Site): readonly Value[] | undefined {
  if (node === undefined) return undefined;
  const names = node.kind === 'list' ? itemsOf(node) : [node];
  return names.flatMap((name) => valueOf(name, site) ?? []);
}

/** A name that is computed may stand for anybody, but for one person only. */
function checkQuorum(quorum: number, by: readonly Value[], { map, site }: ActionContext): void {
  const people = new Set(by.map((name) => JSON.stringify(name))).size;
  if (people >= quorum) return;
  const message = `\`quorum\` asks for ${quorum} people, but \`by\` names ${people}: nobody else counts, so this could never be approved.`;
  site.loading.findings.error('APPROVAL_QUORUM', keyPlace(map, map.entries.has('quorum') ? 'quorum' : 'by'), message);
}

function onTimeoutOf(map: Node): ApprovalStep['onTimeout'] {
  const text = textOf(child(map, 'on_timeout'));
  return text === 'approve' || text === 'fail' ? text : 'reject';
}
