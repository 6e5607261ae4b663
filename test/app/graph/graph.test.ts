import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mermaidText } from '../../../src/app/graph/draw-mermaid.ts';
import { svgText } from '../../../src/app/graph/draw-svg.ts';
import { flowLines } from '../../../src/app/graph/draw-text.ts';
import { flowOf } from '../../../src/app/graph/flow.ts';
import type { Flow } from '../../../src/app/graph/flow.ts';
import { flowStates } from '../../../src/app/graph/flow-states.ts';
import type { FlowStates } from '../../../src/app/graph/flow-states.ts';
import { loadWorkflow } from '../../../src/language/load.ts';
import { foldRun } from '../../../src/model/run-view-fold.ts';
import type { Workflow } from '../../../src/model/workflow.ts';
import { Tape } from '../../support/tree-events.ts';

const fixtures = new URL('../../fixtures/graph/', import.meta.url);

async function load(name: string): Promise<Workflow> {
  const file = `${name}.yaml`;
  const { workflow, diagnostics } = await loadWorkflow(await readFile(new URL(file, fixtures)), {
    file,
  });
  if (!workflow) throw new Error(JSON.stringify(diagnostics));
  return workflow;
}

function textOf(flow: Flow, states?: FlowStates): string {
  const lines = flowLines(flow, states).map(({ stem, status, name, detail }) =>
    `${stem}${status ? `${status} ` : ''}${name}  ${detail}`.trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** A run of `nightly` in which one of three items failed. */
async function nightlyRun(): Promise<FlowStates> {
  const workflow = await load('nightly');
  const tape = new Tape().did('status').begins('checks', 'parallel').did('checks.api').bodyEnded('checks.api');
  tape.begins('deploy', 'for_each', { items: [1, 2, 3] });
  tape.did('deploy[0].release').bodyEnded('deploy[0]').did('deploy[1].release', 'timeout').calls('deploy[2].release');
  return flowStates(foldRun(tape.events, workflow, { keepsAll: true }), workflow);
}

describe.each(['nightly', 'deps'])('the drawing of %s', (name) => {
  it('is a tree of lines', async () => {
    await expect(textOf(flowOf(await load(name)))).toMatchFileSnapshot(`../../fixtures/graph/${name}.txt`);
  });

  it('is a Mermaid flowchart', async () => {
    await expect(mermaidText(flowOf(await load(name)))).toMatchFileSnapshot(`../../fixtures/graph/${name}.mmd`);
  });

  it('is an image', async () => {
    await expect(svgText(flowOf(await load(name)))).toMatchFileSnapshot(`../../fixtures/graph/${name}.svg`);
  });
});

describe('a drawing with a run', () => {
  it('shows of a loop what is most urgent, and how often each step ran', async () => {
    const states = await nightlyRun();

    expect(states.get('deploy[].release')).toMatchObject({ status: 'failed', times: 3 });
    expect(states.get('deploy')).toMatchObject({ status: 'running', text: '3 items: 1 ok, 2 running' });
    expect(states.get('checks.web.ping')).toMatchObject({ status: 'pending', times: 0 });
    await expect(textOf(flowOf(await load('nightly')), states)).toMatchFileSnapshot(
      '../../fixtures/graph/nightly-run.txt',
    );
  });

  it('has a colour for each state', async () => {
    const [flow, states] = [flowOf(await load('nightly')), await nightlyRun()];

    expect(mermaidText(flow, states)).toMatch(/classDef failed fill:#\w+/);
    expect(svgText(flow, states)).toContain('class="step failed"');
  });
});

const hostile: Flow = {
  name: 'hostile',
  lists: [
    {
      title: 'steps',
      role: 'main',
      edges: [],
      nodes: [
        {
          key: 'a',
          name: '</text><script>alert(1)</script>',
          kind: 'log',
          detail: '`"end"] --> x & \u0000 <b> %% click',
          bodies: [],
          partners: [],
        },
      ],
    },
  ],
};

/** One statement of the part of Mermaid that is used here. */
const label = String.raw`"[\p{L}\p{N} .,:/_#;<>-]*"`;
const mermaidLine = new RegExp(
  String.raw`^ *(?:flowchart TD|direction TB|end|subgraph n\d+ \[${label}\]|n\d+(?:\[${label}\]|\{\{${label}\}\}|\(\[${label}\]\)|\[\[${label}\]\])|n\d+ (?:-->|-\.->|-\. \w+ \.->) n\d+|classDef \w+ [\w#:,; -]+|class [n\d,]+ \w+)$`,
  'u',
);

describe('what authors write', () => {
  it('is never taken for Mermaid', async () => {
    const charts = [mermaidText(hostile), mermaidText(flowOf(await load('nightly')), await nightlyRun())];

    for (const line of charts.join('').trimEnd().split('\n')) expect(line).toMatch(mermaidLine);
    expect(charts[0]).not.toMatch(/<(?!br\/>)/);
  });

  it('is never taken for a part of the image', () => {
    const image = svgText(hostile);

    for (const part of ['<script', '<b>', '\u0000']) expect(image).not.toContain(part);
    expect(image).toContain('&lt;/text&gt;&lt;script&gt;');
  });
});
