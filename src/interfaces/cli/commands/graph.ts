import { mermaidText } from '../../../app/graph/draw-mermaid.ts';
import { svgText } from '../../../app/graph/draw-svg.ts';
import { flowLines } from '../../../app/graph/draw-text.ts';
import type { FlowLine } from '../../../app/graph/draw-text.ts';
import { readGraph } from '../../../app/graph/graph.ts';
import type { Graph } from '../../../app/graph/graph.ts';
import type { CliContext } from '../context.ts';
import type { GraphFlags } from '../declare/graph.ts';
import { exitCodes } from '../exit-codes.ts';
import { markOf, paintOf } from '../progress/step-line.ts';
import { printableLine } from '../terminal/printable.ts';
import { joinSegments } from '../terminal/segments.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { withApp } from '../with-app.ts';

/** `runner graph`: what a workflow does, drawn. */
export function graph(context: CliContext, workflow: string | undefined, flags: GraphFlags): Promise<number> {
  const { terminal } = context;
  return withApp(context, workflow === undefined ? {} : { workflow }, async (app) => {
    const drawn = await readGraph(app, { workflow, run: flags.run });
    if (drawn.hasChanged) {
      terminal.note(
        `${terminal.noteStyle.yellow('warning')} The run began with another version of the file, drawn here.`,
      );
    }
    if (flags.json) terminal.json(describeGraph(drawn));
    else print(terminal, drawn, flags.format);
    return exitCodes.success;
  });
}

function print(terminal: Terminal, { flow, states }: Graph, format: GraphFlags['format']): void {
  switch (format) {
    case 'mermaid':
      return terminal.print(mermaidText(flow, states).trimEnd());
    case 'svg':
      return terminal.print(svgText(flow, states).trimEnd());
    case 'text':
      for (const line of flowLines(flow, states)) terminal.print(lineText(terminal, line));
  }
}

function lineText(terminal: Terminal, { stem, status, name, detail }: FlowLine): string {
  const { style } = terminal;
  const mark = status === undefined ? [] : [{ text: `${markOf(status)} `, paint: paintOf(status, style) }];
  return joinSegments(
    [
      { text: stem, paint: style.dim },
      ...mark,
      { text: printableLine(name), paint: style.bold },
      ...(detail === '' ? [] : [{ text: `  ${printableLine(detail)}`, paint: style.dim }]),
    ],
    terminal.tableColumns(),
  );
}

function describeGraph({ flow, states, hasChanged }: Graph): object {
  const told = states && Object.fromEntries([...states].map(([key, { status, times }]) => [key, { status, times }]));
  return { workflow: flow.name, lists: flow.lists, states: told ?? null, has_changed: hasChanged };
}
