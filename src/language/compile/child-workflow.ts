import type { WorkflowStep } from '../../model/workflow.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Node } from '../yaml/tree.ts';
import { child, placeOf, textOf } from '../yaml/tree.ts';
import type { Loading } from './loading.ts';
import { baseOf } from './step-base.ts';
import type { ActionContext } from './step-context.ts';
import { mappingOf } from './texts.ts';

export function compileChild(context: ActionContext): WorkflowStep | undefined {
  const { map, site } = context;
  const given = child(map, 'inputs');
  const inputs = given === undefined ? ({ kind: 'literal', value: {} } as const) : mappingOf(given, site);
  const node = child(map, 'workflow');
  checkWorkflowName(node, site.loading);
  const workflow = textOf(node);
  if (workflow === undefined || inputs === undefined) return undefined;
  site.loading.childCalls.push({ workflow, inputs, step: map });
  return { kind: 'workflow', ...baseOf(context), workflow, inputs };
}

/** A workflow of the project that is named in a file. */
export function checkWorkflowName(node: Node | undefined, loading: Loading): void {
  const name = textOf(node);
  const known = loading.facts.knownWorkflows;
  if (node === undefined || name === undefined || known === undefined || known.includes(name)) return;
  const near = didYouMean(name, known);
  const hint = near === undefined ? knownWorkflowsHint(known) : `Did you mean \`${near}\`?`;
  loading.findings.error('WORKFLOW_UNKNOWN', placeOf(node), `The project has no workflow \`${name}\`.`, hint);
}

function knownWorkflowsHint(known: readonly string[]): string {
  if (known.length === 0)
    return 'It has none yet: a workflow is a file in one of the folders of `workflows` in runner.yaml.';
  const more = known.length > 16 ? ', …; `runner validate` lists them all' : '';
  return `It has ${known
    .slice(0, 16)
    .map((name) => `\`${name}\``)
    .join(', ')}${more}.`;
}
