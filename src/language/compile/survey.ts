import type { Findings } from '../findings.ts';
import { limits } from '../limits.ts';
import type { MapNode, Node } from '../yaml/tree.ts';
import { child, entriesOf, itemsOf, placeOf, textOf } from '../yaml/tree.ts';
import { isScalarInput } from './input-specs.ts';
import type { Survey } from './loading.ts';
import { saysSensitive } from './sensitive.ts';

const listKeys = ['steps', 'on_failure', 'try', 'finally', 'else', 'catch', 'switch'];
const stepKeys = ['undo', 'verify', 'fallback'];
const branchKeys = ['parallel', 'race'];

/** Walks over all steps of a file, wherever they stand, before any of them is compiled. */
export function surveyOf(root: MapNode, findings: Findings): Survey {
  const idLines = new Map<string, number>();
  const failCodes = new Set<string>();
  let hasChildren = false;
  let hasSensitive = entriesOf(child(root, 'inputs')).some(({ value }) => saysSensitive(value));
  let count = 0;
  visitSteps(root, (step) => {
    count++;
    const id = textOf(child(step, 'id'));
    if (id !== undefined && !idLines.has(id)) idLines.set(id, findings.lineOf(step.start));
    const code = textOf(child(child(step, 'fail'), 'code'));
    if (code !== undefined) failCodes.add(code);
    hasSensitive ||= saysSensitive(step);
    hasChildren ||= step.entries.has('workflow');
    if (count === limits.steps + 1) reportTooMany(step, findings);
  });
  const inputs = new Map(
    entriesOf(child(root, 'inputs')).map(({ name, value }) => [name, { scalar: isScalarInput(value) }]),
  );
  const secrets = new Set(itemsOf(child(root, 'secrets')).flatMap((item) => textOf(item) ?? []));
  return { idLines, inputs, secrets, failCodes, hasChildren, hasSensitive };
}

function reportTooMany(step: MapNode, findings: Findings): void {
  const message = `A file holds at most ${limits.steps} steps; this is one more.`;
  findings.error('STEPS_TOO_MANY', placeOf(step), message, 'Split the workflow, or loop with `for_each`.');
}

/** Bounded by the bounds of the tree itself: 5,000 values, 64 levels. */
function visitSteps(part: MapNode, visit: (step: MapNode) => void): void {
  const step = (node: Node): void => {
    if (node.kind !== 'map') return;
    visit(node);
    visitSteps(node, visit);
  };
  for (const key of listKeys) {
    for (const item of itemsOf(child(part, key))) {
      if (key === 'catch' || key === 'switch') visitPart(item, visit);
      else step(item);
    }
  }
  for (const key of stepKeys) for (const node of oneOrMany(child(part, key))) step(node);
  for (const key of branchKeys) {
    for (const { value } of entriesOf(child(part, key))) {
      if (value.kind === 'map' && value.entries.has('steps') && !isLoop(value)) visitSteps(value, visit);
      else for (const node of oneOrMany(value)) step(node);
    }
  }
}

function visitPart(node: Node, visit: (step: MapNode) => void): void {
  if (node.kind === 'map') visitSteps(node, visit);
}

function oneOrMany(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  return node.kind === 'list' ? node.items : [node];
}

function isLoop(node: MapNode): boolean {
  return node.entries.has('for_each') || node.entries.has('repeat');
}
