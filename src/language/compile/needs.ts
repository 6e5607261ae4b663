import { didYouMean } from '../did-you-mean.ts';
import type { Node } from '../yaml/tree.ts';
import { child, itemsOf, textOf } from '../yaml/tree.ts';
import { outside } from './step-base.ts';
import type { Site } from './loading.ts';
import type { ActionContext } from './step-context.ts';

/** Notes the steps that `needs` names: those before this one, in its own list or around it. */
export function noteNeeds({ map, site, facts }: ActionContext): void {
  const node = child(map, 'needs');
  if (node === undefined) return;
  for (const item of node.kind === 'list' ? itemsOf(node) : [node]) {
    const name = textOf(item);
    const step = name === undefined ? undefined : site.scope.stepNamed(name);
    if (step !== undefined) site.needs.add(step.key);
    else if (name !== undefined && name === facts.id) {
      site.loading.findings.error('STEP_UNKNOWN', item, 'A step cannot wait for itself.', 'Delete it.');
    } else if (name !== undefined) reportUnknown(name, item, site);
  }
}

/** Keys of the steps that must have ended before this one; those that steps inside it need are among them. */
export function needsOf({ site, place }: ActionContext): { readonly needs?: readonly string[] } {
  const needs = outside(site.needs, place.key);
  return needs.length === 0 ? {} : { needs };
}

function reportUnknown(name: string, node: Node, site: Site): void {
  const { findings, survey } = site.loading;
  const line = survey.idLines.get(name);
  if (line !== undefined) {
    const message = `\`${name}\` is the step on line ${line}, which this one cannot wait for: it can need only the steps before it, in its own list or around it.`;
    const hint = line > findings.lineOf(node.start) ? 'Move that step up.' : 'Name the block that holds that step.';
    return findings.error('STEP_UNKNOWN', node, message, hint);
  }
  const near = didYouMean(name, site.scope.stepNames());
  const message = `No step before this one is called \`${name}\`.`;
  findings.error('STEP_UNKNOWN', node, message, near && `Did you mean \`${near}\`?`);
}
