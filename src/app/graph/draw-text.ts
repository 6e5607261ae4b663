import type { StepStatus } from '../../model/states.ts';
import type { Flow, FlowList, FlowNode } from './flow.ts';
import type { FlowStates } from './flow-states.ts';

/** A line of the drawing; with a run, the state of the step in it. */
export interface FlowLine {
  /** Branches of the tree in front of the step. */
  readonly stem: string;
  readonly status?: StepStatus;
  readonly name: string;
  readonly detail: string;
}

/** The flow as a tree of lines. */
export function flowLines(flow: Flow, states?: FlowStates): readonly FlowLine[] {
  return flow.lists.flatMap((list, index) => [
    { stem: '', name: index === 0 ? flow.name : list.title, detail: index === 0 ? (flow.description ?? '') : '' },
    ...listLines(list, '', states),
  ]);
}

function listLines(list: FlowList, stem: string, states: FlowStates | undefined): readonly FlowLine[] {
  return list.nodes.flatMap((node, index) => {
    const isLast = index === list.nodes.length - 1;
    return nodeLines(node, { stem, isLast, after: afterText(list, index) }, states);
  });
}

interface Branch {
  readonly stem: string;
  readonly isLast: boolean;
  readonly after: string;
}

function nodeLines(
  node: FlowNode,
  { stem, isLast, after }: Branch,
  states: FlowStates | undefined,
): readonly FlowLine[] {
  const below = `${stem}${isLast ? '   ' : '│  '}`;
  const state = states?.get(node.key);
  const inner = [
    ...node.partners.map(({ role, node: partner }) => ({ title: role, nodes: [partner] })),
    ...node.bodies.map(({ title, nodes, edges }) => ({ title, nodes, edges })),
  ];
  return [
    {
      stem: `${stem}${isLast ? '└─ ' : '├─ '}`,
      ...(states && { status: state?.status ?? 'pending' }),
      name: node.name,
      detail: detailOf(node, after, state),
    },
    ...inner.flatMap((part, index) => partLines(part, { stem: below, isLast: index === inner.length - 1 }, states)),
  ];
}

/** A part of one step stands on the line of its title. */
function partLines(
  { title, nodes, edges = [] }: Pick<FlowList, 'title' | 'nodes'> & { readonly edges?: FlowList['edges'] },
  { stem, isLast }: { readonly stem: string; readonly isLast: boolean },
  states: FlowStates | undefined,
): readonly FlowLine[] {
  const below = `${stem}${isLast ? '   ' : '│  '}`;
  const head = { stem: `${stem}${isLast ? '└─ ' : '├─ '}`, name: title, detail: '' };
  const [only] = nodes;
  if (nodes.length === 1 && only && (only.name === title || /\/(?:verify|undo|fallback\[\d+\])$/.test(only.key))) {
    const [first, ...rest] = nodeLines(only, { stem, isLast, after: '' }, states);
    return first ? [{ ...first, name: only.key.endsWith(']') ? first.name : title }, ...rest] : [];
  }
  return [head, ...listLines({ title, role: 'branch', nodes, edges }, below, states)];
}

function detailOf({ detail, condition }: FlowNode, after: string, state: ReturnType<FlowStates['get']>): string {
  const facts = [
    detail,
    ...(condition === undefined ? [] : [`if ${condition}`]),
    ...(after === '' ? [] : [after]),
    ...(state?.text === undefined ? [] : [state.text]),
    ...(state !== undefined && state.times > 1 ? [`${state.times} times`] : []),
  ];
  return facts.join(', ');
}

/** Where steps do not simply follow one another, what each comes after. */
function afterText({ nodes, edges }: FlowList, index: number): string {
  const isPlain = edges.length === nodes.length - 1 && edges.every(([from, to]) => to === from + 1);
  if (isPlain) return '';
  const before = edges.filter(([, to]) => to === index).map(([from]) => nodes[from]?.name ?? '');
  return before.length === 0 ? 'at once' : `after ${before.join(' and ')}`;
}
