import type { StepStatus } from '../../model/states.ts';
import type { Flow } from './flow.ts';
import type { FlowStates } from './flow-states.ts';
import { laneTitle, layOut, lineHeight, padding } from './layout.ts';
import type { ListBox, NodeBox, Point } from './layout.ts';

/** The flow as an image that needs nothing else: readable on light and dark ground, all text escaped. */
export function svgText(flow: Flow, states?: FlowStates): string {
  const lists = flow.lists.map((list, index) => layOut(list, index === 0 ? flow.name : list.title));
  let y = padding;
  const parts = lists.map((list) => {
    const part = listPart({ ...list, x: padding, y }, { x: 0, y: 0 }, states);
    y += list.height + padding;
    return part;
  });
  const width = Math.ceil(Math.max(...lists.map((list) => list.width)) + 2 * padding);
  const height = Math.ceil(y);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(flow.name)}</title>`,
    `<style>${style}</style>`,
    arrowHead,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const style = [
  'text{font:13px ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#1f2328}',
  '.ground{fill:#ffffff}',
  '.list{fill:none;stroke:#d0d7de}',
  '.step{fill:#f6f8fa;stroke:#57606a}',
  '.name{font-weight:600}',
  '.quiet{fill:#57606a}',
  '.edge{fill:none;stroke:#57606a;stroke-width:1.4}',
  '.beside{stroke-dasharray:5 4}',
  '.head{fill:#57606a}',
  '.succeeded{fill:#dafbe1;stroke:#1a7f37}',
  '.failed{fill:#ffebe9;stroke:#cf222e;stroke-width:2}',
  '.running,.waiting{fill:#ddf4ff;stroke:#0969da;stroke-width:2}',
  '.waiting{stroke-dasharray:5 3}',
  '.unknown{fill:#fff8c5;stroke:#9a6700;stroke-width:2}',
  '.skipped,.cancelled,.pending{fill:#ffffff;stroke:#afb8c1;stroke-dasharray:2 3}',
  '@media (prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}.list{stroke:#30363d}',
  '.step{fill:#161b22;stroke:#8b949e}.quiet{fill:#9198a1}.edge{stroke:#8b949e}.head{fill:#8b949e}',
  '.succeeded{fill:#12261e;stroke:#3fb950}.failed{fill:#2d1316;stroke:#f85149}',
  '.running,.waiting{fill:#0c2238;stroke:#58a6ff}.unknown{fill:#272115;stroke:#d29922}',
  '.skipped,.cancelled,.pending{fill:#0d1117;stroke:#484f58}}',
].join('');

const arrowHead =
  '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
  '<path class="head" d="M0 0L8 4L0 8z"/></marker></defs>';

function listPart(list: ListBox, from: Point, states: FlowStates | undefined): string {
  const [x, y] = [from.x + list.x, from.y + list.y];
  const title = list.title === '' ? [] : [textAt({ x: x + padding, y: y + lineHeight }, laneTitle(list.title), 'name')];
  return [
    ...(list.title === '' ? [] : [frameAt({ x, y }, list)]),
    ...title,
    ...list.ways.map((way) => wayPart(way.map((point) => ({ x: x + point.x, y: y + point.y })))),
    ...list.nodes.map((node) => nodePart(node, { x, y }, states)),
  ].join('\n');
}

function frameAt({ x, y }: Point, { width, height }: ListBox): string {
  return `<rect class="list" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="8"/>`;
}

function nodePart(box: NodeBox, from: Point, states: FlowStates | undefined): string {
  const { node, lines, width, height, lanes, partners } = box;
  const [x, y] = [from.x + box.x, from.y + box.y];
  const state = states?.get(node.key);
  const status = states && (state?.status ?? 'pending');
  return [
    `<g><title>${escaped(tipOf(box, status, state?.text))}</title>`,
    `<rect class="step${status === undefined ? '' : ` ${status}`}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6"/>`,
    ...lines.map((line, index) =>
      textAt({ x: x + padding, y: y + lineHeight * (index + 1) + 2 }, line, index === 0 ? 'name' : 'quiet'),
    ),
    '</g>',
    ...lanes.map((lane) => listPart(lane, { x, y }, states)),
    ...partners.flatMap(({ role, box: partner }) => {
      const left = x + width;
      const middle = y + Math.min(height, partners[0]?.box.height ?? height) / 2;
      const level = y + partner.y + Math.min(partner.height, height) / 2;
      const path = `M${round(left)} ${round(middle)}h6V${round(level)}H${round(x + partner.x)}`;
      return [
        `<path class="edge beside" marker-end="url(#arrow)" d="${path}"/>`,
        textAt({ x: left + 8, y: level - 5 }, role, 'quiet'),
        nodePart(partner, { x, y }, states),
      ];
    }),
  ].join('\n');
}

function tipOf({ node }: NodeBox, status: StepStatus | undefined, text: string | undefined): string {
  const facts = [node.detail, ...(status === undefined ? [] : [status]), ...(text === undefined ? [] : [text])];
  return `${node.key}: ${facts.join(', ')}`;
}

/** From below one step to above another, through the points between. */
function wayPart([start, ...points]: readonly Point[]): string {
  let at = start ?? { x: 0, y: 0 };
  let path = `M${round(at.x)} ${round(at.y)}`;
  for (const point of points) {
    const middle = round((at.y + point.y) / 2);
    path += `C${round(at.x)} ${middle} ${round(point.x)} ${middle} ${round(point.x)} ${round(point.y)}`;
    at = point;
  }
  return `<path class="edge" marker-end="url(#arrow)" d="${path}"/>`;
}

function textAt({ x, y }: Point, text: string, kind: 'name' | 'quiet'): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(text)}</text>`;
}

function round(number: number): string {
  return String(Math.round(number * 10) / 10);
}

/** Without the characters that XML does not know. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
