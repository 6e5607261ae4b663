import type { Diagnostic } from '../../model/diagnostics.ts';
import { isBlocking } from '../../model/diagnostics.ts';
import type { Workflow } from '../../model/workflow.ts';
import { reportUnknownEntry } from '../compile/fault-entries.ts';
import type { ChildCall, ChildLinks } from '../compile/loading.ts';
import { limits } from '../limits.ts';
import type { LoadedWorkflow } from '../load.ts';
import { sha256 } from '../sha256.ts';
import { child, keyPlace } from '../yaml/tree.ts';
import type { Place } from '../findings.ts';
import { graphOf, longestChain, nameOf, pathBetween, reachableFrom } from './call-graph.ts';
import type { CallGraph, LoadByName } from './call-graph.ts';
import { checkChildInputs } from './check-inputs.ts';

/**
 * A loaded workflow with all workflows that its runs can reach: checked against each other, and embedded where nothing
 * stands against it. One that starts no other comes back as it is.
 */
export async function linkChildren(root: LoadedWorkflow, load: LoadByName): Promise<LoadedWorkflow> {
  const { links, workflow, ...rest } = root;
  if (links === undefined) return root;
  const graph = await graphOf(root, load);
  for (const loaded of graph.values()) if (loaded.links) await checkLinks(loaded, loaded.links, graph);
  checkDepth(root, links, graph);
  for (const call of links.calls) checkChild(call, root, { links, graph });
  const diagnostics = links.findings.sorted();
  if (workflow === undefined || diagnostics.some(isBlocking)) return { ...rest, diagnostics };
  return { ...rest, diagnostics, workflow: await withChildren(workflow, graph) };
}

/** What a file says of its children: that they exist, do not lead back, take what they are given, and fail as named. */
async function checkLinks(loaded: LoadedWorkflow, { calls, codes, findings }: ChildLinks, graph: CallGraph) {
  const name = nameOf(loaded);
  for (const call of calls) {
    const callee = graph.get(call.workflow);
    if (callee === undefined) {
      findings.error('WORKFLOW_UNKNOWN', placeOf(call), `The project has no workflow \`${call.workflow}\`.`);
      continue;
    }
    const back = pathBetween(call.workflow, name, graph);
    if (back !== undefined) reportCycle([name, ...back], call, findings);
    else if (callee.workflow) await checkChildInputs(call, callee.workflow.inputs, findings);
  }
  const ofChildren = reachableFrom(name, graph).flatMap(({ failCodes = [] }) => failCodes);
  for (const { text, node } of codes) {
    if (!ofChildren.includes(text))
      reportUnknownEntry({ text, node, codes: ofChildren }, findings, 'this file or a workflow that it starts');
  }
}

function reportCycle(path: readonly string[], call: ChildCall, findings: ChildLinks['findings']): void {
  const message =
    path.length === 2
      ? `\`${call.workflow}\` would start itself, without end.`
      : `\`${call.workflow}\` leads back here, without end: ${path.join(' -> ')}.`;
  findings.error('WORKFLOW_CYCLE', placeOf(call), message, 'For a loop use `repeat`, or `for_each`.');
}

function checkDepth(root: LoadedWorkflow, { calls, findings }: ChildLinks, graph: CallGraph): void {
  const isCyclic = [...graph.values()].some(({ links }) => (links?.findings.sorted() ?? []).some(isCycle));
  if (isCyclic) return;
  for (const call of calls) {
    const chain = [nameOf(root), ...longestChain(call.workflow, graph)];
    if (chain.length <= limits.levels + 1) continue;
    const message = `Child workflows go at most ${limits.levels} levels deep, but this goes ${chain.length - 1}: ${chain.join(' -> ')}.`;
    findings.error('WORKFLOW_TOO_DEEP', placeOf(call), message, 'Let one of them do the work of the next.');
  }
}

function isCycle({ code }: Diagnostic): boolean {
  return code === 'WORKFLOW_CYCLE';
}

/** A run could come to a child that cannot run, also to one of a child, so it is told before it starts. */
function checkChild(
  call: ChildCall,
  root: LoadedWorkflow,
  { links: { findings }, graph }: { readonly links: ChildLinks; readonly graph: CallGraph },
): void {
  if (pathBetween(call.workflow, nameOf(root), graph) !== undefined) return;
  const faults = reachableFrom(call.workflow, graph).flatMap(diagnosticsOf);
  const first = faults.find(({ severity }) => severity === 'error') ?? faults.find(isBlocking);
  if (first === undefined) return;
  const { severity, file, line, column, code, message } = first;
  const words = `\`${call.workflow}\` cannot run: ${file}:${line}:${column} ${code} ${message}`;
  findings.add(severity, 'WORKFLOW_CHILD', placeOf(call), {
    message: words,
    hint: `\`runner validate ${file}\` tells all.`,
  });
}

function diagnosticsOf({ links, diagnostics }: LoadedWorkflow): readonly Diagnostic[] {
  return links?.findings.sorted() ?? diagnostics;
}

function placeOf({ step }: ChildCall): Place {
  return child(step, 'workflow') ?? keyPlace(step, 'workflow');
}

/** Each stands in the journal by its own hash, which covers all that it can start. */
async function withChildren(workflow: Workflow, graph: CallGraph): Promise<Workflow> {
  const [own = workflow, ...found] = await Promise.all(
    reachableFrom(workflow.name, graph).flatMap(({ workflow: each }) => (each ? [hashedWhole(each, graph)] : [])),
  );
  const children = found.toSorted(byName);
  return { ...own, children: Object.fromEntries(children.map((each) => [each.name, each])) };
}

async function hashedWhole(workflow: Workflow, graph: CallGraph): Promise<Workflow> {
  const [, ...below] = reachableFrom(workflow.name, graph).flatMap(({ workflow: each }) => (each ? [each] : []));
  if (below.length === 0) return workflow;
  const parts = [workflow, ...below.toSorted(byName)];
  return { ...workflow, hash: await sha256(parts.map(({ name, hash }) => `${name} ${hash}`).join('\0')) };
}

function byName(one: Workflow, other: Workflow): number {
  return one.name < other.name ? -1 : 1;
}
