import type { Flow, FlowList, FlowNode } from './flow.ts';
import type { FlowStates } from './flow-states.ts';
import { shortened } from './flow-words.ts';

/** The flow as a Mermaid flowchart, with a colour for each state of a run. */
export function mermaidText(flow: Flow, states?: FlowStates): string {
  const chart = new Chart(states);
  return chart.draw(flow);
}

const longestLabel = 60;

/** Colours that hold on light and dark ground, each with a text colour of its own. */
const classes = {
  succeeded: 'fill:#d1f0d8,stroke:#1a7f37,color:#0b3d1a',
  failed: 'fill:#ffd8d6,stroke:#cf222e,color:#5c0a10',
  running: 'fill:#d6ebff,stroke:#0969da,color:#06305f',
  waiting: 'fill:#d6ebff,stroke:#0969da,color:#06305f,stroke-dasharray:4 3',
  unknown: 'fill:#fff1c2,stroke:#9a6700,color:#4a3200',
  skipped: 'fill:#eceef0,stroke:#8c959f,color:#57606a',
  cancelled: 'fill:#eceef0,stroke:#8c959f,color:#57606a',
  pending: 'fill:#ffffff,stroke:#8c959f,color:#57606a',
} as const;

class Chart {
  readonly #lines: string[] = [];
  readonly #states: FlowStates | undefined;
  /** Identifiers of nodes that have a state, by state. */
  readonly #marked = new Map<keyof typeof classes, string[]>();
  #count = 0;

  constructor(states: FlowStates | undefined) {
    this.#states = states;
  }

  draw({ name, lists }: Flow): string {
    const ids = lists.map((list, index) => this.#part(index === 0 ? name : list.title, list, 1));
    const [main, ...handlers] = ids;
    for (const handler of handlers) this.#line(1, `${main ?? ''} -.-> ${handler}`);
    for (const [status, nodes] of this.#marked) {
      this.#line(1, `classDef ${status} ${classes[status]}`);
      this.#line(1, `class ${nodes.join(',')} ${status}`);
    }
    return `flowchart TD\n${this.#lines.join('\n')}\n`;
  }

  /** A list of steps with a title. */
  #part(title: string, list: FlowList, depth: number): string {
    const id = this.#next();
    this.#line(depth, `subgraph ${id} [${quoted(title)}]`);
    this.#line(depth + 1, 'direction TB');
    this.#list(list, depth + 1);
    this.#line(depth, 'end');
    return id;
  }

  #list({ nodes, edges }: FlowList, depth: number): void {
    const ids = nodes.map((node) => this.#node(node, depth));
    for (const [from, to] of edges) this.#line(depth, `${ids[from] ?? ''} --> ${ids[to] ?? ''}`);
  }

  #node(node: FlowNode, depth: number): string {
    const id = this.#next();
    if (node.bodies.length === 0) this.#line(depth, `${id}${shaped(node)}`);
    else this.#block(id, node, depth);
    const state = this.#states && (this.#states.get(node.key)?.status ?? 'pending');
    if (state) this.#marked.set(state, [...(this.#marked.get(state) ?? []), id]);
    for (const { role, node: partner } of node.partners) {
      this.#line(depth, `${id} -. ${role} .-> ${this.#node(partner, depth)}`);
    }
    return id;
  }

  #block(id: string, { name, detail, condition, bodies }: FlowNode, depth: number): void {
    this.#line(depth, `subgraph ${id} [${quoted(labelOf(name, detail, condition))}]`);
    this.#line(depth + 1, 'direction TB');
    const [only] = bodies;
    if (bodies.length === 1 && only) this.#list(only, depth + 1);
    else this.#bodies(bodies, depth + 1);
    this.#line(depth, 'end');
  }

  #bodies(bodies: readonly FlowList[], depth: number): void {
    const ids = bodies.map((body) => this.#part(body.title, body, depth));
    const [first = ''] = ids;
    for (const [index, { role }] of bodies.entries()) {
      if (role === 'catch') this.#line(depth, `${first} -. fails .-> ${ids[index] ?? ''}`);
      if (role === 'finally') this.#line(depth, `${first} --> ${ids[index] ?? ''}`);
    }
  }

  #next(): string {
    this.#count += 1;
    return `n${this.#count}`;
  }

  #line(depth: number, text: string): void {
    this.#lines.push('  '.repeat(depth) + text);
  }
}

function shaped({ kind, name, detail, condition }: FlowNode): string {
  const label = quoted(labelOf(name, detail, condition));
  if (kind === 'approval' || kind === 'wait') return `{{${label}}}`;
  if (kind === 'return' || kind === 'fail') return `([${label}])`;
  return kind === 'workflow' ? `[[${label}]]` : `[${label}]`;
}

function labelOf(name: string, detail: string, condition: string | undefined): string {
  return [name, detail, ...(condition === undefined ? [] : [`if ${condition}`])].join('\n');
}

/** Everything that means something to Mermaid, Markdown or HTML as the number of its character. */
function quoted(label: string): string {
  const lines = label.split('\n').map((line) => shortened(line, longestLabel).replaceAll(special, numberOf));
  return `"${lines.join('<br/>')}"`;
}

const special = /[^\p{L}\p{N} .,:/_-]|[.-](?=\s|$)/gu;

function numberOf(character: string): string {
  return `#${character.codePointAt(0) ?? 32};`;
}
