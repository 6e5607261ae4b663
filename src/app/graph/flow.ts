import { bodiesOf } from '../../model/block-bodies.ts';
import type { BlockBody } from '../../model/block-bodies.ts';
import { isCallStep } from '../../model/workflow.ts';
import type { Alternative, Step, Workflow } from '../../model/workflow.ts';
import { flowEdges } from './flow-edges.ts';
import { caseTitle, stepDetail } from './flow-words.ts';

/** What a workflow does, in a form that every kind of drawing is made of. */
export interface Flow {
  readonly name: string;
  readonly description?: string;
  /** The main list, then the handlers that the file has. */
  readonly lists: readonly FlowList[];
}

/** Steps and what leads from one to another. */
export interface FlowList {
  /** `steps`, `on_failure`, `finally`; of a body `each item`, `api`, `when $n > 1`, `catch timeout`. Empty: nothing to say. */
  readonly title: string;
  readonly role: 'main' | 'handler' | BlockBody['role'];
  readonly nodes: readonly FlowNode[];
  /** Positions of nodes, from and to. */
  readonly edges: readonly (readonly [number, number])[];
}

export interface FlowNode {
  /** Key in the definition, by which a run's steps are found. */
  readonly key: string;
  /** Its id, or the last part of its key. */
  readonly name: string;
  readonly kind: Step['kind'] | 'value';
  /** What it does: `tool render/restart`, `for each $services, 4 at once`. */
  readonly detail: string;
  /** Its `if`. */
  readonly condition?: string;
  /** Its bodies; empty for all but blocks. */
  readonly bodies: readonly FlowList[];
  /** Steps beside it. */
  readonly partners: readonly { readonly role: 'fallback' | 'verify' | 'undo'; readonly node: FlowNode }[];
}

export function flowOf(workflow: Workflow): Flow {
  const { name, description, steps, onFailure, finally: last, order = 'written' } = workflow;
  const main = listOf({ title: 'steps', role: 'main', steps, order });
  const handlers = [
    { title: 'on_failure', role: 'handler', steps: onFailure, order: 'written' },
    { title: 'finally', role: 'handler', steps: last, order: 'written' },
  ] as const;
  const lists = [main, ...handlers.filter((each) => each.steps.length > 0).map(listOf)];
  return { name, lists, ...(description === undefined ? {} : { description }) };
}

interface ListSource {
  readonly title: string;
  readonly role: FlowList['role'];
  readonly steps: readonly Step[];
  readonly order: 'written' | 'dependencies';
}

function listOf({ title, role, steps, order }: ListSource): FlowList {
  return { title, role, nodes: steps.map((step) => nodeOf(step, order)), edges: flowEdges(steps, order) };
}

function nodeOf(step: Step, order: ListSource['order']): FlowNode {
  return {
    key: step.key,
    name: step.id ?? step.key.slice(Math.max(step.key.lastIndexOf('.'), step.key.lastIndexOf('/')) + 1),
    kind: step.kind,
    detail: stepDetail(step),
    ...(step.if ? { condition: step.if.text } : {}),
    bodies: bodiesOf(step).map((body, index) =>
      listOf({ title: titleOf(step, body, index), role: body.role, steps: body.steps, order }),
    ),
    partners: partnersOf(step, order),
  };
}

function titleOf(step: Step, { role, suffix }: BlockBody, index: number): string {
  switch (role) {
    case 'item':
      return 'each item';
    case 'round':
      return 'each round';
    case 'case':
      return caseTitle(step, index);
    case 'catch': {
      const errors = step.kind === 'try' ? step.catch[index - 1]?.errors : undefined;
      return errors === undefined ? 'catch' : `catch ${errors.join(', ')}`;
    }
    case 'branch':
    case 'try':
    case 'finally':
      return suffix.slice(1);
  }
}

function partnersOf(step: Step, order: ListSource['order']): FlowNode['partners'] {
  const undo = step.undo ? [{ role: 'undo', node: nodeOf(step.undo, order) } as const] : [];
  if (!isCallStep(step)) return undo;
  const verify = step.verify ? [{ role: 'verify', node: nodeOf(step.verify.probe, order) } as const] : [];
  return [...step.fallback.map((each) => alternativeOf(each, order)), ...verify, ...undo];
}

function alternativeOf(alternative: Alternative, order: ListSource['order']): FlowNode['partners'][number] {
  if (alternative.kind === 'step') return { role: 'fallback', node: nodeOf(alternative.step, order) };
  const { key } = alternative;
  const name = key.slice(key.lastIndexOf('/') + 1);
  return { role: 'fallback', node: { key, name, kind: 'value', detail: 'a value', bodies: [], partners: [] } };
}
